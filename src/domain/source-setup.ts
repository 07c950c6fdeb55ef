/** What this service was told of the sources that guards read. */
export interface SourceSetup {
  /** Names of the Prometheus servers, null: the one for guards that name none. */
  readonly servers: readonly (string | null)[];
  /** URLs whose servers (scheme, host, port) guards may ask for counts. */
  readonly webhooks: readonly string[];
  /** `host:port` of this machine that may be called. */
  readonly loopback: readonly string[];
  /** Whether guards may name a reference, `env:NAME` or `file:/path`, and there is a secret behind it; of others nothing is told. */
  readonly hasSecret: (secretRef: string) => boolean;
}
