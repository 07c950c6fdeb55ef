import { meanLogE } from './mean-evidence.js';
import { timeUntil } from './time-until.js';

/** Values that a guard on a mean will see: how many a second in both arms, the control's mean and how much single ones scatter. */
export interface ExpectedValues {
  readonly newTotal: number;
  readonly controlTotal: number;
  readonly mean: number;
  readonly scatter: number;
}

/** As a guard on a mean is set; `line`: the log at which it trips, `mass`: start-time mass of the first window. */
export interface MeanWatch {
  readonly line: number;
  readonly margin: number;
  readonly phi: number;
  readonly mass: number;
  /** Which way is worse, and the change that matters as a part of the mean. */
  readonly worse: 'higher' | 'lower';
  readonly effect: number;
}

/**
 * Seconds in which half of all versions are found whose mean is above the control's m by `ratio` − 1 times its size (`worse: lower`: below it
 * by 1 − 1/`ratio` times): when evidence of z = Δ/se and I = 1/se² reaches the line, with se² = σ²·(1/nv + (allowed/m)²/nc), and
 * allowed = m + (margin − 1)·|m|. Null: never. The guard says nothing before 50 windows, which is for the caller to add.
 */
export function medianMeanTime(
  { newTotal, controlTotal, mean, scatter }: ExpectedValues,
  ratio: number,
  { line, margin, phi, mass, worse, effect }: MeanWatch,
): number | null {
  const size = Math.abs(mean);
  const excess = size * (worse === 'higher' ? ratio - margin : margin - 1 / ratio);
  if (excess <= 0 || newTotal === 0 || controlTotal === 0) return null;
  const times = mean < 0 ? 2 - margin : margin;
  const error = Math.max(scatter, size * 1e-6) ** 2 * (1 / newTotal + times ** 2 / controlTotal);
  const isBetween = (worse === 'higher') === mean < 0;
  return timeUntil(line, (seconds) => {
    const information = seconds / error;
    const z = excess * Math.sqrt(information);
    const measure = { error: 1 / Math.sqrt(information), effect: effect * size, phi, isBetween };
    return Math.log(mass) + meanLogE(z, measure);
  });
}
