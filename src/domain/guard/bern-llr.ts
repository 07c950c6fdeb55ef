import type { PairedCounts } from './split-llr.js';

/** What is taken for true of a share of slow requests before the window is looked at. */
export interface TailHypothesis {
  /** Share of the control, in (0, 1), from windows before this one. */
  readonly tail: number;
  /** Odds of the alternative against the most that is allowed; > 1. */
  readonly odds: number;
  /** How many times the control's share the new arm's may be; ≥ 1. */
  readonly margin: number;
}

/** `nearest`: the control share at which what is allowed is hardest to tell from the alternative; `llr`: of the window. */
export interface TailEvidence {
  readonly nearest: number;
  readonly llr: number;
}

/**
 * Log likelihood ratio of one window for "the share of the new arm is t_v" against "at most margin × the control's, whatever
 * that is": `xv·ln(t_v/(r0·q)) + (nv−xv)·ln((1−t_v)/(1−r0·q)) + xc·ln(t_c/q) + (nc−xc)·ln((1−t_c)/(1−q))`, where b =
 * r0·t_c, t_v = ψb/(1−b+ψb), and q is the projection of (t_v, t_c) on the null by Kullback–Leibler divergence. Its
 * exponential has an expectation ≤ 1 wherever the null holds, at any share, for independent requests; a wrong `tail` costs power
 * only. Exact where the split form is conservative, at shares above 5 %. A window without traffic in one arm
 * says 0, as any does where the margin allows every request to be slow.
 *
 * R. Turner, A. Ly, P. Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping",
 * JSPI 230, 2024; the margin on the ratio is ours.
 */
export function bernLlr(counts: PairedCounts, { tail, odds, margin }: TailHypothesis): TailEvidence {
  const { newBad: xv, newTotal: nv, controlBad: xc, controlTotal: nc } = counts;
  const most = margin * tail;
  if (most >= 1 || nv === 0 || nc === 0) return { nearest: tail, llr: 0 };
  const alternative = (odds * most) / (1 - most + odds * most);
  const nearest = projection(nv, nc, { alternative, tail, margin });
  const llr =
    part(xv, alternative, margin * nearest) +
    part(nv - xv, 1 - alternative, 1 - margin * nearest) +
    part(xc, tail, nearest) +
    part(nc - xc, 1 - tail, 1 - nearest);
  return { nearest, llr };
}

/** The root in (0, 1/r0) of A·q² + B·q + C = 0, in the form that doesn't cancel. */
function projection(
  nv: number,
  nc: number,
  { alternative, tail, margin }: { alternative: number; tail: number; margin: number },
): number {
  const a = margin * (nv + nc);
  const b = -(nv * (alternative + margin) + nc * (1 + tail * margin));
  const c = nv * alternative + nc * tail;
  return (2 * c) / (-b + Math.sqrt(b * b - 4 * a * c));
}

function part(count: number, alternative: number, allowed: number): number {
  return count === 0 ? 0 : count * Math.log(alternative / allowed);
}
