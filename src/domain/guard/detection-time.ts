/** What the arms are expected to see. Rates are per second. */
export interface ExpectedTraffic {
  readonly newTotal: number;
  readonly controlTotal: number;
  /** Bad share of the control. */
  readonly share: number;
}

/**
 * Seconds in which half of all regressions by `ratio` are found (events that must not drop: `ratio` and `margin` at most 1, and fewer): `(ln(1/α) + 1) / g`, where
 * `g = [λv·r·ln(r/r0) − (λv·r + λc)·ln((r·nv+nc)/(r0·nv+nc))] / φ` is what a second of such traffic tells. Null where the ratio is
 * within the margin, or no traffic or no bad event is expected: it is never found.
 *
 * A. Wald, "Sequential Analysis", 1947, with the mean evidence of one second; within 0.8–1.4 of simulation.
 */
export function medianDetectionTime(
  { newTotal, controlTotal, share }: ExpectedTraffic,
  ratio: number,
  { alpha, margin, phi }: { readonly alpha: number; readonly margin: number; readonly phi: number },
): number | null {
  const bad = newTotal * share;
  const tilt = Math.log((ratio * newTotal + controlTotal) / (margin * newTotal + controlTotal));
  const gain = (bad * ratio * Math.log(ratio / margin) - (bad * ratio + controlTotal * share) * tilt) / phi;
  const isAllowed = margin >= 1 && ratio >= 1 ? ratio <= margin : ratio >= margin;
  return !isAllowed && gain > 0 ? (1 - Math.log(alpha)) / gain : null;
}

/**
 * Seconds in which half of all excesses over a threshold are found: `(ln(1/α) + 1) / g`, `g = [λ·ln(λ/λ0) − (λ − λ0)] / φ` for bad
 * events that come at `rate` a second where `allowed` are. Null where no more come than are allowed.
 *
 * A. Wald, as above, for the evidence of `poissonAbsLlr`.
 */
export function medianExcessTime(
  rate: number,
  allowed: number,
  { alpha, phi }: { readonly alpha: number; readonly phi: number },
): number | null {
  if (rate <= allowed || allowed === 0) return null;
  return ((1 - Math.log(alpha)) * phi) / (rate * Math.log(rate / allowed) - (rate - allowed));
}
