/** Counts of one window in both arms, none negative, `bad` ≤ `total`. */
export interface PairedCounts {
  readonly newBad: number;
  readonly newTotal: number;
  readonly controlBad: number;
  readonly controlTotal: number;
}

/**
 * Log likelihood ratio of one window for "the new arm's bad share is `ratio` × the control's" against "it is `margin` ×
 * the control's": `xv·ln(r/r0) − (xv+xc)·ln((r·nv+nc)/(r0·nv+nc))`. For `ratio` > `margin` its exponential has an
 * expectation ≤ 1 wherever the new arm's share is at most `margin` × the control's, at any baseline and any split of
 * the traffic; for `ratio` < `margin` wherever it is at least that. Assumes that events are independent, given the traffic of both
 * arms and of the windows before; else divide by phi. A window without traffic in one arm says nothing: 0.
 *
 * The one-sided form with a margin of the test in M. Lindon, A. Malek, "Anytime-valid inference for multinomial count
 * data", NeurIPS 2022.
 */
export function splitLlr(counts: PairedCounts, ratio: number, margin: number): number {
  const { newBad, newTotal, controlBad, controlTotal } = counts;
  if (newTotal === 0 || controlTotal === 0) return 0;
  const tilt = Math.log((ratio * newTotal + controlTotal) / (margin * newTotal + controlTotal));
  return newBad * Math.log(ratio / margin) - (newBad + controlBad) * tilt;
}
