import type { LeaseProof } from '../domain/change.js';

/** The time for which this process leads one environment. */
export interface Term {
  readonly environment: string;
  /** Goes with each write: once another process leads, the store refuses it. */
  readonly lease: LeaseProof;
  /** Aborted when the lease is lost, or given back. */
  readonly signal: AbortSignal;
}

/** Something that is done for an environment by the one process that leads it. */
export interface Duty {
  readonly name: string;
  /** Runs until the term's signal aborts; resolves when nothing of it runs any more. */
  run(term: Term): Promise<void>;
}
