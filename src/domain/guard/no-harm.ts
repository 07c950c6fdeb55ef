import { type PairedCounts, splitLlr } from './split-llr.js';

/** Odds of 20:1 that the new arm is not twice as bad. */
const PROVEN = Math.log(20);
/** What is called harm: this many times the control's share. */
const HARM = 2;

/** Log likelihood ratio of one window for "as bad as the control" against "twice as bad or worse": the split form in the other direction. */
export function noHarmLlr(counts: PairedCounts): number {
  return splitLlr(counts, 1, HARM);
}

/** Whether the sum over windows is enough to say so. */
export function isHarmless(logE: number): boolean {
  return logE >= PROVEN;
}
