import type { Evidence } from './accumulate.js';
import type { GuardSums } from './guard-sums.js';
import type { MetricWindow } from './reading.js';
import type { ValueLimit } from './winsorised.js';

/** What a guard remembers beside what all kinds do: JSON, bounded, of the kind that it is named for. */
export type GuardMemory = RatioMemory | LatencyMemory | MeanMemory | BurnMemory | KOfNMemory | ToplineMemory;

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
  readonly watched: readonly WatchedBound[];
  /** Bounds of the histogram, and requests of the control per bucket, for as long as the choice is open; else empty. */
  readonly bounds: readonly number[];
  readonly control: readonly number[];
}

/** Sums over windows from which a stratified mean is told; those of a later start are differences of two. */
export interface MeanSums {
  /** Windows. */
  readonly count: number;
  /** Σh, Σh·d, Σh², Σh²·d, Σh²·d², with the weight h and the difference d of each. */
  readonly weight: number;
  readonly difference: number;
  readonly squares: number;
  readonly squaresDifference: number;
  readonly squaresSquared: number;
}

/** A moment from which on evidence is gathered: what there was before, the start-time mass, and when. */
export interface MeanStart {
  readonly before: MeanSums;
  readonly mass: number;
  readonly at: number;
}

export interface MeanMemory {
  readonly kind: 'mean';
  readonly sums: MeanSums;
  readonly starts: readonly MeanStart[];
  /** Mass that was spent since the last start and has no start yet. */
  readonly unstarted: number;
  /** The change that matters, in the unit of the metric; null until it is known what the control's mean is, and that it is not 0. */
  readonly effect: number | null;
  /** Windows too small to be one by themselves, as one. */
  readonly open: MetricWindow | null;
  /** What large values are cut to, where the source tells of buckets; absent: nothing was seen yet. */
  readonly limit?: ValueLimit;
}

/** Of each pair of spans the counts in cells of a sixth of the short span, as long as the long one reaches. */
export interface BurnMemory {
  readonly kind: 'burn';
  readonly pairs: readonly (readonly { readonly number: number; readonly sums: GuardSums }[])[];
}

export interface KOfNMemory {
  readonly kind: 'kOfN';
  /** What the next check will be made of. */
  readonly open: MetricWindow | null;
  /** Whether each of the last checks was bad, oldest first. */
  readonly checks: readonly boolean[];
  /** What the new arm had in each of them, bad and all; none of checks from before they were kept. */
  readonly counts?: readonly (readonly [bad: number, total: number])[];
  /** The last check would have been bad, and the control was as well. */
  readonly isSuspended: boolean;
}

/** Of a ratio with a margin. */
export interface RatioMemory {
  readonly kind: 'ratio';
  /** Log of the evidence that the new arm is not twice as bad. */
  readonly noHarm: number;
  /** Log likelihood of each ratio of the range's grid. */
  readonly likelihood: readonly number[];
  /** Logs against the threshold, where there is one beside the margin. */
  readonly floor: Evidence | null;
}

/** Of both arms together since a step, and window by window over the last minute. */
export interface ToplineMemory {
  readonly kind: 'topline';
  /** When the step began. */
  readonly since: number;
  readonly bad: number;
  readonly total: number;
  readonly recent: readonly { readonly at: number; readonly bad: number; readonly total: number }[];
}
