import { logBeta } from './log-gamma.js';

/** Halvings: enough for the last bit of a double. */
const HALVINGS = 100;

/** Both ends are shares in [0, 1]. */
export interface ShareRange {
  readonly low: number;
  readonly high: number;
}

/**
 * Range that holds the true share with probability 1 − alpha whenever one looks, after `count` of `total`: all p with
 * `lnB(x+½, n−x+½) − lnB(½,½) − x·ln p − (n−x)·ln(1−p) < ln(1/α)`. For the share of requests under a histogram boundary
 * this is a point of the distribution function. Assumes independent events of one share; the caller divides by phi where they scatter more.
 *
 * The beta-binomial mixture of H. Robbins, "Statistical methods related to the law of the iterated logarithm", Ann. Math.
 * Stat. 41, 1970.
 */
export function shareRange(count: number, total: number, alpha: number): ShareRange {
  if (total === 0) return { low: 0, high: 1 };
  const mixture = logBeta(count + 0.5, total - count + 0.5) - logBeta(0.5, 0.5);
  const isIn = (p: number): boolean =>
    mixture - times(count, Math.log(p)) - times(total - count, Math.log1p(-p)) < -Math.log(alpha);
  const centre = count / total;
  return {
    low: count === 0 ? 0 : edge(0, centre, isIn),
    high: count === total ? 1 : edge(1, centre, isIn),
  };
}

function times(count: number, log: number): number {
  return count === 0 ? 0 : count * log;
}

function edge(outside: number, inside: number, isIn: (p: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (out + within) / 2;
    if (isIn(middle)) within = middle;
    else out = middle;
  }
  return within;
}

/** Distribution function of one arm at histogram boundaries, ascending; `below` counts requests up to each of them. */
export interface Distribution {
  readonly bounds: readonly number[];
  readonly below: readonly number[];
  readonly total: number;
}

/**
 * Where the quantile `q` lies, in the unit of the bounds: between the last boundary whose share is certainly below q and the
 * first whose share is certainly q or more, each as `shareRange` has it. Null ends are open. Counts rise from boundary to boundary, so
 * that an end is wrong only where the range at the one boundary next to the quantile is: with probability alpha at most for each
 * end, whenever one looks, and 2·alpha at most for either.
 *
 * As the bands of S. Howard, A. Ramdas, "Sequential estimation of quantiles with applications to A/B testing and best-arm
 * identification", Bernoulli 28, 2022, but wider: from `shareRange` at boundaries only.
 */
export function quantileRange(
  { bounds, below, total }: Distribution,
  q: number,
  alpha: number,
): { readonly low: number | null; readonly high: number | null } {
  const ranges = below.map((count) => shareRange(count, total, alpha));
  return {
    low: bounds[ranges.findLastIndex(({ high }) => high < q)] ?? null,
    high: bounds[ranges.findIndex(({ low }) => low >= q)] ?? null,
  };
}
