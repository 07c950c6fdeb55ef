import type { ReceivedPoint } from '../../../ports/store.js';
import type { Increment } from '../increment.js';
import { type ScrapeTarget, silence } from '../scrape-target.js';
import type { PushedSeries } from './pushed-series.js';

/** What a counter or histogram rose by. */
export interface PushedIncrement extends Increment {
  /** Undefined where the sender doesn't tell it. */
  readonly sum: number | undefined;
  readonly bounds: readonly number[] | undefined;
  readonly buckets: readonly number[] | undefined;
}

/**
 * The increments of one series; times are ours, the sender's clock tells only order and spans. Deltas are increments as they
 * are. A cumulative series rises by the difference; after a reset (a later start, or a value that fell) by its new value. One
 * that begins counts from 0 where its sender had pushed before, or where it says that it started after `begins` (epoch ms,
 * where the points we have begin); otherwise its first point is a baseline, as is one after a silence, or with other bounds.
 */
export function pushedIncrements(
  series: PushedSeries,
  pusher: ScrapeTarget,
  begins: number,
): PushedIncrement[] {
  return series.flatMap((point, i) => {
    const previous = series[i - 1];
    if (point.isDelta)
      return [whole(point, startOf(point) ?? previous?.at ?? pushedBefore(pusher, point.at))];
    if (previous === undefined) return born(point, pusher, begins);
    if (point.at - previous.at > silence(pusher)) return [];
    if (isReset(point, previous)) return [whole(point, previous.at)];
    return sameBounds(point, previous) ? [difference(point, previous)] : [];
  });
}

function born(point: ReceivedPoint, pusher: ScrapeTarget, begins: number): PushedIncrement[] {
  const before = pushedBefore(pusher, point.at);
  if (point.at - before <= silence(pusher)) return [whole(point, before)];
  const start = startOf(point);
  return start !== null && start >= begins ? [whole(point, start)] : [];
}

/** The sender's last push before `at`; long ago where there was none. */
function pushedBefore({ scrapes }: ScrapeTarget, at: number): number {
  return scrapes.findLast((time) => time < at - 500) ?? -Infinity;
}

/** When a point says that it began to count, on our clock. */
function startOf({ at, start, time }: ReceivedPoint): number | null {
  return start > 0 ? at - (time - start) : null;
}

function isReset(point: ReceivedPoint, previous: ReceivedPoint): boolean {
  return point.value < previous.value || (point.start > previous.start && point.start > 0);
}

function sameBounds({ bounds = [] }: ReceivedPoint, { bounds: others = [] }: ReceivedPoint): boolean {
  return bounds.length === others.length && bounds.every((bound, i) => bound === others[i]);
}

function whole({ at, value, sum, bounds, buckets }: ReceivedPoint, start: number): PushedIncrement {
  return { start, at, value, sum, bounds, buckets };
}

function difference(point: ReceivedPoint, previous: ReceivedPoint): PushedIncrement {
  return {
    start: previous.at,
    at: point.at,
    value: point.value - previous.value,
    sum: point.sum === undefined || previous.sum === undefined ? undefined : point.sum - previous.sum,
    bounds: point.bounds,
    buckets: point.buckets?.map((count, i) => Math.max(0, count - (previous.buckets?.[i] ?? 0))),
  };
}
