/**
 * Log likelihood ratio of one window for "the bad share is `share`" against "it is at most `threshold`":
 * `x·ln(p1/p0) − n·(p1−p0)`, x = `bad`, n = `total`, p0 = `threshold`, p1 = `share`, which may exceed 1: it is a rate. For p1 > p0 its
 * exponential has an expectation ≤ 1 while the true share p is at most p0, for p1 < p0 while it is at least p0: that is
 * `e^(n·(p1−p0)·(p/p0−1))` for Poisson counts, and less for Bernoulli ones (1 + y ≤ e^y). Assumes independent events, else divide by phi.
 *
 * The likelihood ratio of Poisson counts of A. Wald, "Sequential Analysis", 1947.
 */
export function poissonAbsLlr(bad: number, total: number, threshold: number, share: number): number {
  return bad * Math.log(share / threshold) - total * (share - threshold);
}
