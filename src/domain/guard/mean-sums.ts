import type { MeanSums } from './guard-memory.js';
import type { MeanDifference, MeanWindow } from './mean-evidence.js';

export const NO_MEAN_SUMS: MeanSums = {
  count: 0,
  weight: 0,
  difference: 0,
  squares: 0,
  squaresDifference: 0,
  squaresSquared: 0,
};

/** The sums after one more window with both arms; `d` is what the means differ by. They are all that `stratifiedMean` needs. */
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

/** `stratifiedMean` of windows that were added up; null for fewer than two. */
export function meanOf(sums: MeanSums): MeanDifference | null {
  const { count, weight } = sums;
  if (count < 2) return null;
  const delta = sums.difference / weight;
  const squares = sums.squaresSquared - 2 * delta * sums.squaresDifference + delta * delta * sums.squares;
  return { delta, error: Math.sqrt((count / (count - 1)) * Math.max(0, squares)) / weight };
}
