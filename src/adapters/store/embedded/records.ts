import type { EpochStart, LeaseHolder, Remembered } from '../ledger.js';

/** What the embedded store keeps per scope beside documents, states and log. */
export interface Meta {
  readonly epochs: readonly EpochStart[];
  readonly revision: number;
  /** Fencing token of whoever made the slot. */
  readonly claim: number;
  /** Revision of the oldest entry in the log; above `revision` when there is none. */
  readonly oldest: number;
  /** Since when evaluations are counted, epoch ms. */
  readonly countedSince?: number;
}

/** Usage of one variant of a flag on one day: hour of the day → evaluations. */
export type DayRecord = { readonly [hour: string]: number };

export interface LeaseRecord extends Omit<LeaseHolder, 'name'> {
  readonly token: number;
  /** A lease ends with the epoch that it was taken in. */
  readonly epoch: string;
  /** Epoch ms. */
  readonly until: number;
}

export interface RequestRecord extends Remembered {
  readonly at: number;
}

export interface ClientRecord {
  readonly sequence: number;
  readonly at: number;
}
