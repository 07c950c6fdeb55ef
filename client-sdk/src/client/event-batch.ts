import type { components } from './wire.types.js';

/** Additions to one series, as they go over the wire. */
export type EventCount = components['schemas']['EventCount'];

/** What one batch may hold at most. */
export interface BatchLimits {
  readonly series: number;
  /** Of the counts as JSON. */
  readonly bytes: number;
  /** In one entry; what a series has more goes with the next batch. */
  readonly count: number;
}

/** Counts taken out of the ledger together, and delivered together. */
export class EventBatch {
  /** Evaluations and events in it. */
  readonly additions: number;

  /** `first` is the ordinal of the oldest series in it. */
  constructor(
    readonly first: number,
    readonly counts: readonly EventCount[],
  ) {
    this.additions = counts.reduce((sum, { count }) => sum + count, 0);
  }

  /** The two halves of it; null for a single series, which can't be parted. */
  halves(): [EventBatch, EventBatch] | null {
    const middle = this.counts.length >> 1;
    if (middle === 0) return null;
    return [
      new EventBatch(this.first, this.counts.slice(0, middle)),
      new EventBatch(this.first, this.counts.slice(middle)),
    ];
  }
}
