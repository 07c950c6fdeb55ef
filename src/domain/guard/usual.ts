import { grouped } from '../grouped.js';
import type { Guard } from '../guard.js';
import type { ArmCounts, MetricReading, MetricWindow } from './reading.js';
import { boundsToWatch, bucketsOf } from './watched-bounds.js';

/** What traffic is told in, ms. */
const HOUR = 3_600_000;

/** What a guard's metric usually does. */
export interface Usual {
  /** Requests, units or values a second, in both arms together. */
  readonly perSecond: number;
  /** Bad ones (of kind `drop`: events) per one of them in the control; null where its kind counts none. */
  readonly badShare: number | null;
  /** Of latency: the control's share above each bound that would be watched; `bound` in the unit of the histogram, null: not told. */
  readonly tails: readonly { readonly bound: number | null; readonly share: number }[];
  /** Of a mean: that of the control, and how much single values scatter about it (standard deviation); null where not known. */
  readonly mean: number | null;
  readonly scatter: number | null;
  /** Usual length of a window. */
  readonly windowSeconds: number;
}

/** Traffic of one hour, to be drawn; `at`: its end, epoch ms. */
export interface UsualHour {
  readonly at: number;
  readonly perSecond: number;
  readonly badShare: number | null;
}

/** A past in which a guard's metric was read: in rough spans, and the last hour in windows of two parts alike. */
export interface UsualPast {
  readonly rough: readonly MetricWindow[];
  readonly alike: Pick<MetricReading, 'windows' | 'windowLength'>;
}

/** What is usual, out of the past; null where there was no traffic in the control, or none for a whole span. */
export function usualOf(guard: Guard, { rough, alike }: UsualPast): Usual | null {
  const whole = wholeSpans(rough);
  if (whole.length === 0) return null;
  const control = rough.reduce((sum, one) => add(sum, one.control), NOTHING);
  if (control.total === 0) return null;
  return {
    perSecond: perSecondIn(whole),
    badShare: guard.kind === 'latency' || guard.kind === 'mean' ? null : control.bad / control.total,
    tails: guard.kind === 'latency' ? tailsOf(guard, rough) : [],
    mean: guard.kind === 'mean' ? (control.sum ?? 0) / control.total : null,
    scatter: guard.kind === 'mean' ? scatterOf(alike.windows) : null,
    windowSeconds: alike.windowLength / 1_000,
  };
}

/** The same past hour by hour. */
export function usualHours(rough: readonly MetricWindow[]): UsualHour[] {
  const hours = grouped(rough, ({ to }) => Math.ceil(to / HOUR) * HOUR);
  return [...hours].map(([at, windows]) => {
    const control = windows.reduce((sum, one) => add(sum, one.control), NOTHING);
    const total = windows.reduce((sum, one) => add(sum, one.new), control).total;
    const seconds = windows.reduce((sum, { from, to }) => sum + to - from, 0) / 1_000;
    return {
      at,
      perSecond: total / seconds,
      badShare: control.total === 0 ? null : control.bad / control.total,
    };
  });
}

/** Without the oldest, which a metric that is younger began in the middle of: it would look like little traffic. */
function wholeSpans(rough: readonly MetricWindow[]): readonly MetricWindow[] {
  return rough.slice(1);
}

function perSecondIn(windows: readonly MetricWindow[]): number {
  const total = windows.reduce((sum, one) => sum + (one.new?.total ?? 0) + (one.control?.total ?? 0), 0);
  return total / (windows.reduce((sum, { from, to }) => sum + to - from, 0) / 1_000);
}

const NOTHING: ArmCounts = { bad: 0, total: 0, sum: 0 };

function add(sum: ArmCounts, arm: ArmCounts | null): ArmCounts {
  if (arm === null) return sum;
  return { bad: sum.bad + arm.bad, total: sum.total + arm.total, sum: (sum.sum ?? 0) + (arm.sum ?? 0) };
}

function tailsOf(guard: Guard, rough: readonly MetricWindow[]): Usual['tails'] {
  // Those of another histogram than there is now would tell nothing.
  const bounds = rough.at(-1)?.bounds ?? [];
  const arms = rough.map(({ control }) => control);
  const watched = boundsToWatch(guard, bounds, bucketsOf(arms, bounds));
  return watched.map(({ bound, tail }) => ({ bound, share: tail }));
}

/**
 * Standard deviation σ of single values: a mean of n of them scatters by σ/√n, so that those of two parts alike differ in a window with a
 * variance of σ²·(1/nv + 1/nc). The weighted least-squares estimate over windows; assumes independent values. Null: fewer than two windows.
 */
function scatterOf(windows: readonly MetricWindow[]): number | null {
  const pairs = windows.flatMap(({ new: fresh, control }) => {
    if (!fresh || !control || fresh.total === 0 || control.total === 0) return [];
    const weight = (fresh.total * control.total) / (fresh.total + control.total);
    return [{ weight, difference: (fresh.sum ?? 0) / fresh.total - (control.sum ?? 0) / control.total }];
  });
  if (pairs.length < 2) return null;
  const weights = pairs.reduce((sum, { weight }) => sum + weight, 0);
  const usual = pairs.reduce((sum, { weight, difference }) => sum + weight * difference, 0) / weights;
  const squares = pairs.reduce((sum, { weight, difference }) => sum + weight * (difference - usual) ** 2, 0);
  return Math.sqrt(squares / (pairs.length - 1));
}
