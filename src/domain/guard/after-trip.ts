import type { GuardRecord } from './guard-record.js';
import type { GuardSums } from './guard-sums.js';

/** What a guard has seen since it tripped; its decision stays. */
export interface AfterTrip extends GuardSums {
  readonly windows: number;
  /** Log of all evidence, as it stands now. */
  readonly logE: number | null;
  /** End of the last window, epoch ms. */
  readonly until: number;
}

/**
 * The part of a latched record that came after its trip: what it holds less what it held then. Null where it is not latched, and where
 * the record began afresh since, or its trip was written without figures.
 */
export function afterTrip({ trip, sums, windows, logE, watermark }: GuardRecord): AfterTrip | null {
  if (trip === null) return null;
  const then = (name: string): number => figure(trip.evidence[name]);
  const since: AfterTrip = {
    windows: windows - then('windows'),
    newBad: sums.newBad - then('newBad'),
    newTotal: sums.newTotal - then('newTotal'),
    controlBad: sums.controlBad - then('controlBad'),
    controlTotal: sums.controlTotal - then('controlTotal'),
    logE,
    until: watermark,
  };
  return since.windows >= 0 && since.newTotal >= 0 ? since : null;
}

function figure(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}
