import type { Evidence } from './accumulate.js';
import type { GuardSums } from './guard-record.js';

/** What a guard remembers beside what all kinds do: JSON, bounded, of the kind that it is named for. */
export type GuardMemory = LatencyMemory;

/** A bound of a histogram that is watched; null logs are −∞. */
export interface WatchedBound extends Evidence {
  /** In the unit of the histogram. */
  readonly bound: number;
  /** The control's share above it, from windows before the next. */
  readonly tail: number;
  /** `bad` is what was above it. */
  readonly sums: GuardSums;
  readonly expected: number;
}

/** `watched` is empty until it is known what the control usually does. */
export interface LatencyMemory {
  readonly kind: 'latency';
  /** Bounds of the histogram, as they were when the watched ones were chosen. */
  readonly bounds: readonly number[];
  readonly watched: readonly WatchedBound[];
  /** Requests of the control per bucket, for as long as the choice is open. */
  readonly control: readonly number[];
}
