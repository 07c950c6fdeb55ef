import type { Agent, OutgoingHttpHeaders } from 'node:http';

/** Where the API server is, and as whom to speak to it. */
export interface Access {
  /** URL without a slash at its end. */
  readonly server: string;
  /** The one pool of connections, kept alive. */
  readonly agent: Agent;
  /** Headers that say who asks. */
  headers(): Promise<OutgoingHttpHeaders>;
  /** Reads the credentials anew, because the ones in use were refused; `agent` may be another then. */
  renew(): Promise<void>;
}
