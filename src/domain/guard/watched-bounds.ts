import type { Guard } from '../guard.js';
import type { ArmCounts } from './reading.js';
import { type BucketCounts, type WatchedTail, watchedTails } from './tail-evidence.js';

/** A boundary to watch; `bound` is where it lies, in the unit of the histogram. */
export interface BoundToWatch extends WatchedTail {
  readonly bound: number;
}

/**
 * The bounds that a latency guard watches after such a past: those that it names, or else those that can tell something
 * (`watchedTails`). `bounds` are the upper ones of all buckets but the last.
 */
export function boundsToWatch(
  { latency }: Pick<Guard, 'latency'>,
  bounds: readonly number[],
  history: BucketCounts,
): BoundToWatch[] {
  const named = latency?.bounds?.map((bound) => bounds.indexOf(bound)) ?? null;
  return watchedTails(history, named).flatMap((one) => {
    const bound = bounds[one.index];
    return bound === undefined ? [] : [{ ...one, bound }];
  });
}

/** Requests by bucket of all these arms; one without buckets, or data, adds none. */
export function bucketsOf(arms: readonly (ArmCounts | null)[], bounds: readonly number[]): number[] {
  return Array.from({ length: bounds.length + 1 }, (_, i) =>
    arms.reduce((sum, arm) => sum + (arm?.buckets?.[i] ?? 0), 0),
  );
}
