import { type PairedCounts, splitLlr } from './split-llr.js';

/** How far below what is allowed the new arm's rate may have dropped: the alternatives that evidence is gathered for. The grid is ours. */
export const DROP_GRID = [0.95, 0.9, 0.8, 0.7, 0.5, 0.25, 0.1] as const;
/** Prior weight of each alternative; they sum to 1. */
export const DROP_WEIGHTS: readonly number[] = DROP_GRID.map(() => 1 / DROP_GRID.length);

/**
 * Log likelihood ratio of one window, per alternative, that events per unit of exposure dropped below `margin` × the control's
 * (margin ≤ 1): the split form in the other direction. `newTotal` and `controlTotal` are exposure: users, or weight × seconds
 * while the arms are known to be split as configured. Null: the rate is at least margin × the control's, whatever that is. Assumes
 * independent events, one per unit at most or Poisson; else divide by phi.
 *
 * M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022, as `splitLlr`.
 */
export function dropLlrs(counts: PairedCounts, margin: number): number[] {
  return DROP_GRID.map((step) => splitLlr(counts, margin * step, margin));
}
