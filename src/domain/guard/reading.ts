import type { Absence } from './absence.js';
import type { Scatter } from './scatter.js';
import type { TroubleCode } from './trouble.js';

/** What one arm had in one window; null = no data for this arm, which is not zero. */
export interface ArmCounts {
  /** Bad events; of a guard of kind `drop` the events that must not become fewer; 0 where neither is counted. */
  readonly bad: number;
  /** How many in all: requests, or units of exposure, or values of a mean. */
  readonly total: number;
  /** Sum of the values, of a mean. */
  readonly sum?: number;
  /** Requests per bucket of a histogram, not cumulative: one more than the window has bounds. */
  readonly buckets?: readonly number[];
  /** Sum of the values in each bucket, of a mean. */
  readonly sums?: readonly number[];
}

/** Whether an arm had a bad event. */
export function badIn(arm: ArmCounts | null): boolean {
  return arm !== null && arm.bad > 0;
}

/** Whether an arm had anything at all. */
export function hasTraffic(arm: ArmCounts | null): boolean {
  return arm !== null && arm.total > 0;
}

/** One window: the span (from, to] in epoch ms of the source's clock. A null arm had no data. */
export interface MetricWindow {
  readonly from: number;
  readonly to: number;
  readonly new: ArmCounts | null;
  readonly control: ArmCounts | null;
  /** Upper bounds of the buckets in both arms, ascending, without the last, +Inf. */
  readonly bounds?: readonly number[];
  /** The same traffic told apart by a label, for a guard that compares within its values; absent where it doesn't. */
  readonly strata?: readonly Stratum[];
}

/** What both arms had of one value of a label (empty: those without the label). */
export interface Stratum {
  readonly value: string;
  readonly new: ArmCounts | null;
  readonly control: ArmCounts | null;
}

/** What the control did before a guard looked first: requests per bucket, and the upper bounds of all but the last. */
export interface BucketHistory {
  readonly bounds: readonly number[];
  readonly control: readonly number[];
}

/**
 * What came after a watermark. `windows` in order, none overlapping; `watermark` is the end of what has been read (the
 * old watermark where nothing new came). `unknown` says why nothing can be said (query error, warning of a partial
 * answer), and `code` of which kind that is; there are no windows then. `lost` is for how long, in ms, nothing could be
 * read: it was too old, or nobody was heard. `windowLength` is the usual length of a window in ms, by which missing data is
 * judged.
 */
export interface MetricReading {
  readonly windows: readonly MetricWindow[];
  readonly watermark: number;
  readonly unknown: string | null;
  readonly code?: TroubleCode;
  readonly lost: number;
  readonly windowLength: number;
  /** Selectors without series, where that was looked for; none: all have some. */
  readonly absent?: readonly Absence[];
  /** What history says of the scatter, where it was asked for and has answered. */
  readonly scatter?: Scatter;
  /** Of a histogram, where it was asked for and there was one. */
  readonly earlier?: BucketHistory;
}
