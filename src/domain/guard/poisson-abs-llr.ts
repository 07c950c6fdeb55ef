/**
 * Log likelihood ratio of one window for "the bad share is `share`" against "it is at most `threshold`":
 * `x·ln(p1/p0) − n·(p1−p0)`. For `share` > `threshold` its exponential has an expectation ≤ 1 while the true share is at
 * most `threshold`, for Poisson and for Bernoulli counts. `share` may exceed 1: it is a rate.
 */
export function poissonAbsLlr(bad: number, total: number, threshold: number, share: number): number {
  return bad * Math.log(share / threshold) - total * (share - threshold);
}
