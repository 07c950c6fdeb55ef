import { withinLimit } from './log-add-exp.js';

/** How many times worse than allowed the new arm may be: the alternatives that evidence is gathered for. */
export const RATIO_GRID = [1.25, 1.5, 2, 3, 5, 10, 30, 100] as const;
/** Prior weight of each alternative; they sum to 1. */
export const RATIO_WEIGHTS: readonly number[] = [0.1, 0.22, 0.28, 0.18, 0.1, 0.06, 0.04, 0.02];

/** Evidence so far: logs per alternative of the grid, and combined. null is −∞, which JSON can't hold. */
export interface Evidence {
  readonly logs: readonly (number | null)[];
  readonly logE: number | null;
}

/** Start-time mass of a window (0 = none), overdispersion ≥ 1, and the weight of each alternative: that of the ratio grid by default. */
export interface Accumulation {
  readonly mass: number;
  readonly phi: number;
  readonly weights?: readonly number[];
}

/**
 * Adds one window: `ls_k ← logaddexp(ls_k, ln mass) + llrs_k / phi`, `logE = ln Σ π_k e^{ls_k}`. While nothing is wrong the expectation of e^logE is at
 * most the mass spent so far, whenever one looks; so it exceeds 1/α with a probability of at most α × that mass.
 *
 * The mixture e-SR detector of J. Shin, A. Ramdas, A. Rinaldo, "E-detectors: a nonparametric framework for sequential
 * change detection", NEJSDS 2023, with a spent start-time mass.
 */
export function accumulate(
  logs: Evidence['logs'],
  llrs: readonly number[],
  { mass, phi, weights = RATIO_WEIGHTS }: Accumulation,
): Evidence {
  if (mass === 0 && logs.every((log) => log === null)) return { logs: llrs.map(() => null), logE: null };
  const next: number[] = [];
  let sum = 0;
  for (const [k, llr] of llrs.entries()) {
    const evidence = (Math.exp(logs[k] ?? -Infinity) + mass) * Math.exp(llr / phi);
    next.push(withinLimit(Math.log(evidence)));
    sum += (weights[k] ?? 0) * evidence;
  }
  return { logs: next, logE: withinLimit(Math.log(sum)) };
}
