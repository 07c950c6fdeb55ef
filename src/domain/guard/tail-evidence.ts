import { bernLlr } from './bern-llr.js';
import { logAddExp } from './log-add-exp.js';
import type { PairedCounts } from './split-llr.js';

/** Odds of being slow, against the most that is allowed: the alternatives that evidence is gathered for. */
export const ODDS_GRID = [1.15, 1.3, 1.6, 2, 3, 6] as const;
/** Prior weight of each alternative; they sum to 1. */
export const ODDS_WEIGHTS: readonly number[] = [0.2, 0.25, 0.2, 0.15, 0.12, 0.08];

/** Requests of one arm in one window, by histogram bucket: those up to the first bound, between it and the next …, above the last. */
export type BucketCounts = readonly number[];

/** Requests above boundary `index` and in all, in both arms. */
export function slowCounts(fresh: BucketCounts, control: BucketCounts, index: number): PairedCounts {
  return {
    newBad: sum(fresh.slice(index + 1)),
    newTotal: sum(fresh),
    controlBad: sum(control.slice(index + 1)),
    controlTotal: sum(control),
  };
}

/** Log likelihood ratio of one window at one boundary, for each alternative; `tail`: the control's share above it, of windows before. */
export function tailLlrs(counts: PairedCounts, tail: number, margin: number): number[] {
  return ODDS_GRID.map((odds) => bernLlr(counts, { tail, odds, margin }).llr);
}

/**
 * Log of the mean of the evidence at one or more boundaries, which may depend on each other in any way. Null: at each the new arm is within
 * what is allowed; then each has an expectation of at most 1, and so has their mean. A log of −∞ (null) counts as 0.
 *
 * V. Vovk, R. Wang, "E-values: calibration, combination and applications", Annals of Statistics 49, 2021.
 */
export function averageLogE(logs: readonly (number | null)[]): number {
  const total = logs.reduce<number>((all, log) => logAddExp(all, log ?? -Infinity), -Infinity);
  return total - Math.log(logs.length);
}

/** Shares that boundaries are chosen from, and how many at most. */
const LEAST_TAIL = 0.005;
const MOST_TAIL = 0.95;
const MOST_BOUNDARIES = 8;

/** A boundary to watch, and the control's share above it. */
export interface WatchedTail {
  readonly index: number;
  readonly tail: number;
}

/**
 * Boundaries that can tell something, from what the control did in the last hour: those with 0.5 % to 95 % of the requests above
 * them, at most 8, the fastest first to go where there are more. Where there is none such, the lowest that fewer are above. Or those
 * that were `named`. Empty where nothing came, or all is above the last.
 */
export function watchedTails(history: BucketCounts, named: readonly number[] | null = null): WatchedTail[] {
  const total = sum(history);
  if (total === 0) return [];
  const least = 1 / (2 * total + 2);
  const tails = history.slice(0, -1).map((_, index) => {
    const tail = sum(history.slice(index + 1)) / total;
    return { index, tail: Math.max(least, tail) };
  });
  if (named !== null) return tails.filter(({ index }) => named.includes(index));
  const telling = tails.filter(({ tail }) => tail >= LEAST_TAIL && tail <= MOST_TAIL);
  return telling.length > 0
    ? telling.slice(-MOST_BOUNDARIES)
    : tails.filter(({ tail }) => tail < LEAST_TAIL).slice(0, 1);
}

const HALF_LIFE_MS = 600_000;
/** However long nothing was slow, something may be next. */
const FLOOR = 1e-4;

/** The control's share above a boundary after one more window: an average that forgets half of what it knew in 10 minutes. */
export function nextTail(tail: number, { controlBad, controlTotal }: PairedCounts, windowMs: number): number {
  if (controlTotal === 0) return tail;
  const kept = 0.5 ** (windowMs / HALF_LIFE_MS);
  return Math.max(FLOOR, kept * tail + (1 - kept) * (controlBad / controlTotal));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
