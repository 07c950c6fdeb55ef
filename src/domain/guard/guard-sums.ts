import type { PairedCounts } from './split-llr.js';

/** Counts of both arms over many windows. */
export type GuardSums = PairedCounts;

/** The sums after one more window. */
export function addSums(sums: GuardSums, counts: PairedCounts): GuardSums {
  return {
    newBad: sums.newBad + counts.newBad,
    newTotal: sums.newTotal + counts.newTotal,
    controlBad: sums.controlBad + counts.controlBad,
    controlTotal: sums.controlTotal + counts.controlTotal,
  };
}

export const NO_SUMS: GuardSums = { newBad: 0, newTotal: 0, controlBad: 0, controlTotal: 0 };
