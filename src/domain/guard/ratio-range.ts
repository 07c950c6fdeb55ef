import { logAddExp } from './log-add-exp.js';
import type { PairedCounts } from './split-llr.js';

/** Ratios that the range is read from: 10^(j/20), 0.01 to 100. */
const GRID = Array.from({ length: 81 }, (_, i) => 10 ** ((i - 40) / 20));

/** Log likelihood of each ratio of the grid, up to a constant: what a range is read from. */
export type RatioLikelihood = readonly number[];

/** Both ends in multiples of the control's share. */
export interface RatioRange {
  readonly low: number;
  readonly high: number;
}

/** Adds one window to what there is, which may be nothing: `Λ(r) += xv·ln r − (xv+xc)·ln(r·nv+nc)`. Windows and strata add up; one without traffic in an arm adds nothing. */
export function addRatioWindow(likelihood: RatioLikelihood, counts: PairedCounts): RatioLikelihood {
  const { newBad, newTotal, controlBad, controlTotal } = counts;
  const before = likelihood.length === 0 ? GRID.map(() => 0) : likelihood;
  if (newTotal === 0 || controlTotal === 0) return before;
  return GRID.map(
    (ratio, i) =>
      (before[i] ?? 0) +
      newBad * Math.log(ratio) -
      (newBad + controlBad) * Math.log(ratio * newTotal + controlTotal),
  );
}

/**
 * Range that holds the true ratio of shares with probability 1 − alpha whenever one looks: all r with `ln mean Λ − Λ(r) < ln(1/α)`.
 * Null where none of the grid is left.
 *
 * M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022, with a discrete mixture.
 */
export function ratioRange(likelihood: RatioLikelihood, alpha: number): RatioRange | null {
  const mean = likelihood.reduce((sum, log) => logAddExp(sum, log), -Infinity) - Math.log(likelihood.length);
  const isIn = (log: number): boolean => mean - log < -Math.log(alpha);
  const low = GRID[likelihood.findIndex(isIn)];
  const high = GRID[likelihood.findLastIndex(isIn)];
  return low === undefined || high === undefined ? null : { low, high };
}
