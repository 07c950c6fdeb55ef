import type { Guard } from '../guard.js';
import { medianDetectionTime, medianExcessTime } from './detection-time.js';
import { LEAST_VALUES, LEAST_WINDOWS } from './kinds/mean.js';
import { FIRST } from './mass.js';
import { medianMeanTime } from './mean-detection-time.js';
import { medianSlowTime } from './slow-detection-time.js';
import { plainSeconds } from './plain-foretelling.js';
import type { Usual } from './usual.js';

/** What a guard will see of what is usual. */
export interface Foreseen {
  readonly usual: Usual;
  /** The new arm's share of all, in (0, 1]. */
  readonly share: number;
  /** Its part of the budget of false alarms. */
  readonly part: number;
}

/**
 * In how many seconds half of all regressions by `ratio` are found: a bad share, shares of slow requests or a mean that is `ratio`
 * times the control's (absolute guard: the usual); where lower is worse, a `ratio`-th. At least one window, and as long as `minEvents` take. Null: never,
 * or not known.
 */
export function foretoldSeconds(guard: Guard, foreseen: Foreseen, ratio: number): number | null {
  const seconds = RULES[guard.kind](guard, foreseen, ratio);
  return seconds === null ? null : Math.max(seconds, foreseen.usual.windowSeconds);
}

type Foretelling = (guard: Guard, foreseen: Foreseen, ratio: number) => number | null;

const RULES: { readonly [kind in Guard['kind']]: Foretelling } = {
  ratio,
  latency,
  mean,
  drop,
  burn: plain,
  kOfN: plain,
  topline: plain,
};

function plain(guard: Guard, { usual, share }: Foreseen, times: number): number | null {
  return plainSeconds(guard, usual, share, times);
}

function ratio(guard: Guard, { usual, share, part }: Foreseen, times: number): number | null {
  const { margin, threshold, phi, minEvents } = guard;
  const { perSecond, badShare } = usual;
  if (badShare === null) return null;
  const alpha = guard.alpha * part;
  const newTotal = perSecond * share;
  const rate = newTotal * Math.min(1, badShare * times);
  const arms = { newTotal, controlTotal: perSecond - newTotal, share: badShare };
  const found = [
    margin === null ? 0 : medianDetectionTime(arms, times, { alpha, margin, phi }),
    threshold === null ? 0 : medianExcessTime(rate, newTotal * threshold, { alpha, phi }),
  ];
  // Beside a margin a threshold is a floor: both must be passed.
  const [first = null, second = null] = found;
  return first === null || second === null ? null : Math.max(first, second, timeOf(minEvents, rate));
}

function drop(guard: Guard, { usual, share, part }: Foreseen, times: number): number | null {
  const { perSecond, badShare } = usual;
  if (badShare === null) return null;
  const newTotal = perSecond * share;
  const arms = { newTotal, controlTotal: perSecond - newTotal, share: badShare };
  const { margin, phi } = guard;
  return medianDetectionTime(arms, 1 / times, { alpha: guard.alpha * part, margin: margin ?? 1, phi });
}

function latency(guard: Guard, { usual, share, part }: Foreseen, times: number): number | null {
  const newTotal = usual.perSecond * share;
  const tails = usual.tails.map((tail) => tail.share);
  const { phi, minEvents } = guard;
  const margin = guard.margin ?? 1;
  const arms = { newTotal, controlTotal: usual.perSecond - newTotal, tails };
  const seconds = medianSlowTime(arms, times, { line: lineOf(guard, part), margin, phi, mass: FIRST });
  return seconds && Math.max(seconds, timeOf(minEvents, newTotal * Math.max(0, ...tails) * times));
}

function mean(guard: Guard, { usual, share, part }: Foreseen, times: number): number | null {
  if (usual.mean === null || usual.scatter === null) return null;
  const newTotal = usual.perSecond * share;
  const values = {
    newTotal,
    controlTotal: usual.perSecond - newTotal,
    mean: usual.mean,
    scatter: usual.scatter,
  };
  const { worse, effect } = guard.mean ?? { worse: 'higher', effect: 0.1 };
  const { phi } = guard;
  const watch = { line: lineOf(guard, part), margin: guard.margin ?? 1, phi, mass: FIRST, worse, effect };
  const seconds = medianMeanTime(values, times, watch);
  const rarer = Math.min(newTotal, values.controlTotal);
  return seconds && Math.max(seconds, LEAST_WINDOWS * Math.max(usual.windowSeconds, LEAST_VALUES / rarer));
}

function lineOf({ alpha }: Guard, part: number): number {
  return -Math.log(alpha * part);
}

/** Median time until so many came, s. */
function timeOf(events: number, perSecond: number): number {
  return (events - 1 / 3) / perSecond;
}
