/** Where a Prometheus-compatible server is, and how to be let in. */
export interface PrometheusServer {
  /** With a path where it has one; user and password in it go as basic authentication. */
  readonly url: string;
  /** Bearer token; or a file with one, read at each query. */
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** Sent with each query, such as the tenant of Mimir (`X-Scope-OrgID`). */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** PEM files, read at each query. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** For a whole query, ms; default 5,000. */
  readonly timeout?: number | undefined;
  /** Connections at a time; default 32. */
  readonly connections?: number | undefined;
}
