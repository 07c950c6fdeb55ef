import type { MeanSums } from './guard-memory.js';
import type { MeanWindow } from './mean-evidence.js';

/** Difference of the means, new − control, and its standard error, in the metric's own unit. */
export interface MeanDifference {
  readonly delta: number;
  readonly error: number;
}

export const NO_MEAN_SUMS: MeanSums = {
  count: 0,
  weight: 0,
  difference: 0,
  squares: 0,
  squaresDifference: 0,
  squaresSquared: 0,
};

/** The sums after one more window with both arms; `d` is what the means differ by. They are all that `meanOf` needs. */
export function addMeanWindow(
  sums: MeanSums,
  { newCount, newMean, controlCount, controlMean }: MeanWindow,
): MeanSums {
  const h = (newCount * controlCount) / (newCount + controlCount);
  const d = newMean - controlMean;
  return {
    count: sums.count + 1,
    weight: sums.weight + h,
    difference: sums.difference + h * d,
    squares: sums.squares + h * h,
    squaresDifference: sums.squaresDifference + h * h * d,
    squaresSquared: sums.squaresSquared + h * h * d * d,
  };
}

/** What came after `before`. */
export function sinceThen(sums: MeanSums, before: MeanSums): MeanSums {
  return {
    count: sums.count - before.count,
    weight: sums.weight - before.weight,
    difference: sums.difference - before.difference,
    squares: sums.squares - before.squares,
    squaresDifference: sums.squaresDifference - before.squaresDifference,
    squaresSquared: sums.squaresSquared - before.squaresSquared,
  };
}

/**
 * Compares inside each window only, so that a share or a mean that changes over time proves nothing: `δ = Σ h·(m_v − m_c) / Σ h`,
 * `h = nv·nc/(nv+nc)`, `se = √(k/(k−1)·Σ(h·(m_v−m_c−δ))²)/Σ h`, robust to any correlation within a window; of windows that were added
 * up. Null for fewer than two.
 */
export function meanOf(sums: MeanSums): MeanDifference | null {
  const { count, weight } = sums;
  if (count < 2) return null;
  const delta = sums.difference / weight;
  const squares = sums.squaresSquared - 2 * delta * sums.squaresDifference + delta * delta * sums.squares;
  return { delta, error: Math.sqrt((count / (count - 1)) * Math.max(0, squares)) / weight };
}

/** Part of the effect that matters below which no error of a mean counts: values that are all alike have none. */
const LEAST_ERROR = 1e-6;

/** What a mean differs by, with the error by which evidence and ranges are told; `effect` > 0. Null for fewer than two windows. */
export function measuredBy(sums: MeanSums, effect: number): MeanDifference | null {
  const found = meanOf(sums);
  return found && { ...found, error: Math.max(found.error, effect * LEAST_ERROR, Number.MIN_VALUE) };
}
