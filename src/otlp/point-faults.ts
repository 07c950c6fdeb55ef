import type { HistogramPoint, NumberPoint } from './export-request.js';

/** A point may say that it is from so long before or after now, ms. */
const CLOCKS_APART = 10 * 60_000;

/** Why a point of a sum can't be counted, in words; null where it can. */
export function sumFault(value: number, isMonotonic: boolean): string | null {
  if (!isMonotonic) return 'a guard counts sums that only rise (is_monotonic)';
  return isCount(value) ? null : 'a count is a number from 0 on';
}

/** Why a point of a histogram can't be counted. */
export function histogramFault({ count, bucketCounts, explicitBounds }: HistogramPoint): string | null {
  if (!isCount(count) || !bucketCounts.every(isCount)) return 'a count is a number from 0 on';
  if (bucketCounts.length === 0) return null;
  if (bucketCounts.length !== explicitBounds.length + 1) return 'a histogram has one bucket more than bounds';
  return rises(explicitBounds) ? null : 'the bounds of a histogram rise and are finite';
}

/** What is wrong with a point's times at `now` (epoch ms). */
export function timeFault(
  { startTimeUnixNano: start, timeUnixNano: time }: NumberPoint,
  now: number,
): string | null {
  if (!Number.isFinite(time) || !Number.isFinite(start)) return 'a time is a number of nanoseconds';
  if (time > now + CLOCKS_APART) return 'the time lies more than 10 minutes ahead of our clock';
  if (time < now - CLOCKS_APART) return 'the time lies more than 10 minutes back';
  return start > time ? 'it ends before it starts' : null;
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function rises(bounds: readonly number[]): boolean {
  return bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] ?? bound)));
}
