import type { Guard } from '../guard.js';
import { allowedTimes, meanSettings } from './allowed.js';
import { type ExpectedTraffic, medianDetectionTime, medianExcessTime } from './detection-time.js';
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

function ratio(guard: Guard, foreseen: Foreseen, times: number): number | null {
  const { margin, threshold, phi, minEvents } = guard;
  const { badShare } = foreseen.usual;
  if (badShare === null) return null;
  const alpha = guard.alpha * foreseen.part;
  const arms = armsOf(foreseen);
  const rate = arms.newTotal * Math.min(1, badShare * times);
  const worse =
    margin === null ? 0 : medianDetectionTime({ ...arms, share: badShare }, times, { alpha, margin, phi });
  const above = threshold === null ? 0 : medianExcessTime(rate, arms.newTotal * threshold, { alpha, phi });
  // Beside a margin a threshold is a floor: both must be passed.
  return worse === null || above === null ? null : Math.max(worse, above, timeOf(minEvents, rate));
}

function drop(guard: Guard, foreseen: Foreseen, times: number): number | null {
  const { badShare } = foreseen.usual;
  if (badShare === null) return null;
  const arms = { ...armsOf(foreseen), share: badShare };
  const alpha = guard.alpha * foreseen.part;
  return medianDetectionTime(arms, 1 / times, { alpha, margin: allowedTimes(guard), phi: guard.phi });
}

function latency(guard: Guard, foreseen: Foreseen, times: number): number | null {
  const tails = foreseen.usual.tails.map((tail) => tail.share);
  const { phi, minEvents } = guard;
  const margin = allowedTimes(guard);
  const arms = { ...armsOf(foreseen), tails };
  const line = lineOf(guard, foreseen.part);
  const seconds = medianSlowTime(arms, times, { line, margin, phi, mass: FIRST });
  return seconds && Math.max(seconds, timeOf(minEvents, arms.newTotal * Math.max(0, ...tails) * times));
}

function mean(guard: Guard, foreseen: Foreseen, times: number): number | null {
  const { usual, part } = foreseen;
  if (usual.mean === null || usual.scatter === null) return null;
  const values = { ...armsOf(foreseen), mean: usual.mean, scatter: usual.scatter };
  const { worse, effect } = meanSettings(guard);
  const { phi } = guard;
  const watch = { line: lineOf(guard, part), margin: allowedTimes(guard), phi, mass: FIRST, worse, effect };
  const seconds = medianMeanTime(values, times, watch);
  const rarer = Math.min(values.newTotal, values.controlTotal);
  return seconds && Math.max(seconds, LEAST_WINDOWS * Math.max(usual.windowSeconds, LEAST_VALUES / rarer));
}

/** What comes in a second in each arm. */
function armsOf({
  usual: { perSecond },
  share,
}: Foreseen): Pick<ExpectedTraffic, 'newTotal' | 'controlTotal'> {
  const newTotal = perSecond * share;
  return { newTotal, controlTotal: perSecond - newTotal };
}

function lineOf({ alpha }: Guard, part: number): number {
  return -Math.log(alpha * part);
}

/** Median time until so many came, s. */
function timeOf(events: number, perSecond: number): number {
  return (events - 1 / 3) / perSecond;
}
