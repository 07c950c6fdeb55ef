import type { PairedCounts } from './split-llr.js';

/** What an estimate is multiplied by, so that a guard is not led by the luck of its history. */
const CAUTION = 1.3;

/**
 * The most that history may say of phi: bursts of six on average (they scatter 11 times as much), with the caution of above. Doubled errors take
 * eight times as long to find then as with the default of 2. A control that speaks for more was not steady, and no phi makes up for that.
 */
export const MOST_PHI = 16;

/** Spans that a history is cut into to tell what lasts. */
const SPANS = 12;
/** In how many of them it may be otherwise. */
const BUT = 2;

/**
 * How much more the bad events of one arm scatter than independent ones would, from windows of equal length in which nothing
 * was wrong: `mean (xv − mθ)² / (mθ(1−θ))`, θ = R·nv/(R·nv+nc), m = xv+xc. Null: events are independent and the bad share of the one arm is
 * `ratio` (R, above 0) times the other's; then xv is binomial given m, and 1 comes out on average. At least 1. Assumes windows that are
 * independent of each other.
 *
 * Pearson's statistic per degree of freedom, P. McCullagh, J. Nelder, "Generalized Linear Models", 1989, "Over-dispersion"; none is lost
 * to θ, which the traffic tells.
 */
export function dispersionOf(windows: readonly PairedCounts[], ratio = 1): number {
  const ratios = windows.flatMap(({ newBad, newTotal, controlBad, controlTotal }) => {
    const share = (ratio * newTotal) / (ratio * newTotal + controlTotal);
    const events = newBad + controlBad;
    const variance = events * share * (1 - share);
    return variance > 0 ? [(newBad - events * share) ** 2 / variance] : [];
  });
  if (ratios.length === 0) return 1;
  return Math.max(1, ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length);
}

/**
 * How many times the bad share of the second part that of the first was all along: the median over 12 spans of the history, where in all of
 * these but two the same part was worse (by luck in one history of 25); else 1. Above 0. A burst, or an incident of minutes, is in few of the
 * spans and stays scatter; what differs in all of them is no scatter, and more traffic would only show it more clearly: it is for the margin.
 *
 * Of each span the estimate of N. Mantel, W. Haenszel, JNCI 22, 1959, over its windows, with one bad event more that both parts
 * share as they share the traffic. That and the spans are ours.
 */
export function lastingRatio(windows: readonly PairedCounts[]): number {
  const cut = (i: number): number => Math.floor((i * windows.length) / SPANS);
  const logs = Array.from({ length: SPANS }, (_, i) => logRatio(windows.slice(cut(i), cut(i + 1))));
  logs.sort((a, b) => a - b);
  const at = (i: number): number => logs[i] ?? 0;
  if (at(BUT) <= 0 && at(SPANS - 1 - BUT) >= 0) return 1;
  return Math.exp((at(SPANS / 2 - 1) + at(SPANS / 2)) / 2);
}

function logRatio(windows: readonly PairedCounts[]): number {
  let [first, second, all] = [0, 0, { new: 0, control: 0 }];
  for (const { newBad, newTotal, controlBad, controlTotal } of windows) {
    const total = newTotal + controlTotal;
    if (total === 0) continue;
    first += (newBad * controlTotal) / total;
    second += (controlBad * newTotal) / total;
    all = { new: all.new + newTotal, control: all.control + controlTotal };
  }
  const one = (all.new * all.control) / (all.new + all.control) ** 2;
  return one > 0 ? Math.log((first + one) / (second + one)) : 0;
}

/**
 * The overdispersion φ to judge with: 1.3 × the largest dispersion over `scales`, each the same history in windows of another
 * length (5 s, 1 min, 5 min, 20 min): bursts show in the short ones, pods that differ for minutes in the long ones. Around the ratio that
 * lasts (`lastingRatio`), or around 1 where that explains more: few events tell badly what lasts. The factor 1.3 is
 * ours, from simulation: with the bare estimate false alarms were 4 to 9 times as many as stated.
 */
export function suggestedPhi(scales: readonly (readonly PairedCounts[])[], lasting: number): number {
  const scatter = scales.map((windows) => Math.min(dispersionOf(windows), dispersionOf(windows, lasting)));
  return Math.max(1, CAUTION * Math.max(0, ...scatter));
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
