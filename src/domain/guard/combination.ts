import type { Guard } from '../guard.js';
import { isCombined } from '../guard-kind.js';

/**
 * What one guard of a rollout shares with the others that can stop it. The rollout trips where `Σ part·alpha·E` reaches 1 over
 * those that have their `minEvents`; with one alpha that is `Σ part·E ≥ 1/alpha`. While nothing is worse than allowed, each E is at most 1
 * on average whenever one looks, so the sum is at most `Σ part·alpha`, whatever the dependence between the guards, and so is the
 * probability that it ever reaches 1 (Markov, at the time of the trip). `guards.md` §2.7 of the research behind it; V. Vovk, R. Wang,
 * "E-values: calibration, combination and applications", Annals of Statistics 49, 2021.
 *
 * Who is blamed changes nothing in that: no trip comes before the sum has reached 1. So the largest term is looked for only
 * among guards that can be blamed as they stand: those that take windows in, and whose own odds are not below 1. Where the sum has
 * reached 1, those of one are above 1. A guard that is blind or has no control takes no windows in: its E stays what it was, which is at most 1
 * on average as well, and counts; waiting for it to trip would keep the others from it for as long as it sees nothing.
 */
export interface Combination {
  /** This guard's part of the budget, in (0, 1]. */
  readonly part: number;
  /** The sum over the others. */
  readonly rest: number;
  /** The largest term of those of the others that can be blamed now (`mayBeBlamed`): the guard with the largest is the one to blame. */
  readonly largest: number;
}

/** A guard that shares with nobody. */
export const ALONE: Combination = { part: 1, rest: 0, largest: 0 };

/** One guard's term of the sum. `logE` null: nothing seen. */
export function termOf({ alpha }: Pick<Guard, 'alpha'>, part: number, logE: number | null): number {
  return logE === null ? 0 : part * alpha * Math.exp(logE);
}

/** Whether what a guard has seen speaks against the new arm rather than for it: else others are to blame, however much they have. */
export function mayBeBlamed(logE: number | null): boolean {
  return logE !== null && logE >= 0;
}

/**
 * The log of the evidence at which a guard trips, 0 or more: where the sum reaches 1 and no other term is larger; at the latest at
 * `1/(part·alpha)`, where it would trip without the others (Bonferroni).
 */
export function tripLine({ alpha }: Pick<Guard, 'alpha'>, { part, rest, largest }: Combination): number {
  const needed = Math.min(1, Math.max(1 - rest, largest));
  return Math.max(0, Math.log(needed / (part * alpha)));
}

/** The same to be shown; null for a kind that knows no odds. */
export function shownLine(guard: Pick<Guard, 'alpha' | 'kind'>, combined: Combination): number | null {
  return isCombined(guard.kind) ? tripLine(guard, combined) : null;
}

/** Each guard's part of the budget, by its weight among the given. */
export function partsOf(guards: readonly Pick<Guard, 'key' | 'weight'>[]): ReadonlyMap<string, number> {
  const total = guards.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(guards.map(({ key, weight }) => [key, weight / total]));
}
