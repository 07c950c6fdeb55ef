import { RATIO_GRID } from './accumulate.js';
import type { PairedCounts } from './split-llr.js';

const LOG_STEPS = RATIO_GRID.map(Math.log);

/** `splitLlr` of one window for each alternative of the ratio grid, at `margin` times the grid. */
export function ratioLlrs(counts: PairedCounts, margin: number): number[] {
  const { newBad, newTotal, controlBad, controlTotal } = counts;
  const allowed = margin * newTotal + controlTotal;
  const silent = newTotal === 0 || controlTotal === 0;
  const llrs: number[] = [];
  for (let k = 0; k < RATIO_GRID.length; k++) {
    const tilt = Math.log((margin * (RATIO_GRID[k] ?? 1) * newTotal + controlTotal) / allowed);
    llrs.push(silent ? 0 : newBad * (LOG_STEPS[k] ?? 0) - (newBad + controlBad) * tilt);
  }
  return llrs;
}
