import { logWeightedSum } from './log-add-exp.js';
import { ODDS_WEIGHTS, tailLlrs } from './tail-evidence.js';
import { timeUntil } from './time-until.js';

/** Traffic that a latency guard will see: requests a second in both arms, and the control's share above each watched bound. */
export interface ExpectedTimes {
  readonly newTotal: number;
  readonly controlTotal: number;
  readonly tails: readonly number[];
}

/** However slow a version gets, some requests are fast. */
const MOST = 0.999;

/**
 * Seconds in which half of all versions are found whose share above each bound is `ratio` times the control's: when the evidence
 * that traffic as expected brings, averaged over bounds and mixed over odds as the guard does, reaches `line` (the log at which it
 * trips). `mass`: start-time mass of the first window. Null: never.
 */
export function medianSlowTime(
  { newTotal, controlTotal, tails }: ExpectedTimes,
  ratio: number,
  {
    line,
    margin,
    phi,
    mass,
  }: { readonly line: number; readonly margin: number; readonly phi: number; readonly mass: number },
): number | null {
  const gains = tails.flatMap((tail) => {
    const counts = {
      newBad: newTotal * Math.min(MOST, tail * ratio),
      newTotal,
      controlBad: controlTotal * tail,
      controlTotal,
    };
    return tailLlrs(counts, tail, margin).map((llr) => llr / phi);
  });
  const weights = tails.flatMap(() => ODDS_WEIGHTS.map((weight) => (mass * weight) / tails.length));
  const logEAt = (seconds: number): number =>
    logWeightedSum(
      gains.map((gain) => gain * seconds),
      weights,
    );
  return Math.max(0, ...gains) === 0 ? null : timeUntil(line, logEAt);
}
