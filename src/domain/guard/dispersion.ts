import type { PairedCounts } from './split-llr.js';

/** What an estimate is multiplied by, so that a guard is not led by the luck of its history. */
const CAUTION = 1.3;

/**
 * How much more the bad events of one arm scatter than independent ones would, from windows of equal length in which nothing
 * was wrong: `mean (xv − mθ)² / (mθ(1−θ))`, θ = nv/(nv+nc), m = xv+xc. Null: independent events give 1. At least 1.
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
 * length (5 s, 1 min, 5 min, 20 min): bursts show in the short ones, pods that differ for minutes in the long ones.
 */
export function suggestedPhi(scales: readonly (readonly PairedCounts[])[]): number {
  return Math.max(1, CAUTION * Math.max(0, ...scales.map(dispersionOf)));
}

/** The margin that pods of one version need among themselves: `1 + 2·CV` of their bad shares, at least 1.2. */
export function suggestedMargin(podShares: readonly number[]): number {
  const least = 1.2;
  const mean = podShares.reduce((sum, share) => sum + share, 0) / podShares.length;
  if (podShares.length < 2 || mean === 0) return least;
  const variance = podShares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (podShares.length - 1);
  return Math.max(least, 1 + (2 * Math.sqrt(variance)) / mean);
}
