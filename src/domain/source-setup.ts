/** What this service was told of the sources that guards read. */
export interface SourceSetup {
  /** Names of the Prometheus servers, null: the one for guards that name none. */
  readonly servers: readonly (string | null)[];
  /** URLs whose servers (scheme, host, port) guards may ask for counts. */
  readonly webhooks: readonly string[];
  /** `host:port` of this machine that may be called. */
  readonly loopback: readonly string[];
  /** Whether there is a secret behind a reference, `env:NAME` or `file:/path`. */
  readonly hasSecret: (secretRef: string) => boolean;
}
