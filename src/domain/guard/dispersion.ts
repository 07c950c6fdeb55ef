import type { PairedCounts } from './split-llr.js';

/** What an estimate is multiplied by, so that a guard is not led by the luck of its history. */
const CAUTION = 1.3;

/**
 * How much more the bad events of one arm scatter than independent ones would, from windows of equal length in which nothing
 * was wrong: `mean (xv − mθ)² / (mθ(1−θ))`, θ = nv/(nv+nc), m = xv+xc. Null: events are independent and both arms equally good; then
 * xv is binomial given m, and 1 comes out on average. At least 1. Assumes windows that are independent of each other.
 *
 * Pearson's statistic per degree of freedom, P. McCullagh, J. Nelder, "Generalized Linear Models", 1989, "Over-dispersion"; none is lost
 * to θ, which the traffic tells.
 */
export function dispersionOf(windows: readonly PairedCounts[]): number {
  const ratios = windows.flatMap(({ newBad, newTotal, controlBad, controlTotal }) => {
    const share = newTotal / (newTotal + controlTotal);
    const events = newBad + controlBad;
    const variance = events * share * (1 - share);
    return variance > 0 ? [(newBad - events * share) ** 2 / variance] : [];
  });
  if (ratios.length === 0) return 1;
  return Math.max(1, ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length);
}

/**
 * The overdispersion φ to judge with: 1.3 × the largest dispersion over `scales`, each the same history in windows of another
 * length (5 s, 1 min, 5 min, 20 min): bursts show in the short ones, pods that differ for minutes in the long ones. The factor 1.3 is
 * ours, from simulation: with the bare estimate false alarms were 4 to 9 times as many as stated.
 */
export function suggestedPhi(scales: readonly (readonly PairedCounts[])[]): number {
  return Math.max(1, CAUTION * Math.max(0, ...scales.map(dispersionOf)));
}

/**
 * The margin that pods of one version need among themselves: `1 + 2·CV`, CV = standard deviation (of a sample) ÷ mean of their bad shares;
 * at least 1.2, which is also what fewer than two pods, or none with a bad event, get. Assumes that pods of the new arm differ as
 * these do, and that each has so many bad events that its share is more than luck, which the caller sees to. Without a source: a rule of
 * ours, two standard deviations.
 */
export function suggestedMargin(podShares: readonly number[]): number {
  const least = 1.2;
  const mean = podShares.reduce((sum, share) => sum + share, 0) / podShares.length;
  if (podShares.length < 2 || mean === 0) return least;
  const variance = podShares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (podShares.length - 1);
  return Math.max(least, 1 + (2 * Math.sqrt(variance)) / mean);
}
