import type { ClientError } from './client-error.js';

/**
 * `connecting` until there is a snapshot; `ready` while it is current; `stale` while the server can't be reached, or was
 * not yet, and what is held serves; `offline` where the client is made so; `closed`.
 */
export type ClientStatus = 'connecting' | 'ready' | 'stale' | 'offline' | 'closed';

/** What a client tells by `on`. */
export interface ClientEvents extends Record<string, unknown> {
  readonly status: ClientStatus;
  /** The configuration changed; `flags` are the flags whose documents did. Segments can change others' answers too. */
  readonly change: { readonly epoch: string; readonly revision: number; readonly flags: readonly string[] };
  /** Something failed and is taken care of; for logs. */
  readonly error: ClientError;
}
