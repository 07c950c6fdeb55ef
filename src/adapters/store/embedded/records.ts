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

/** A unit's first exposure in a series. */
export interface UnitRecord {
  readonly variant: string;
  readonly window: number;
  readonly at: number;
}

/** A unit's first event of a name: counted, or waiting for the exposure since `window`. */
export interface DeedRecord {
  readonly counted: boolean;
  readonly window: number;
  readonly at: number;
}

/** Units of one window of first exposure, by name of the count. */
export interface CohortRecord {
  readonly counts: { readonly [name: string]: number };
  readonly at: number;
}

/** How the units of a series were assigned; `kept` exposed, `waiting` not yet exposed. */
export interface AssignedRecord {
  readonly assigned: { readonly [name: string]: number };
  /** Events that have had units waiting. */
  readonly events: readonly string[];
  readonly kept: number;
  readonly waiting: number;
  readonly at: number;
}
