import type { GuardRecord } from '../guard/guard-record.js';

/** The record of a guard that has seen nothing of this run yet; its first window begins at `now` (store time) or after. */
export function freshRecord(run: number, now: number): GuardRecord {
  return {
    state: 'warming',
    run,
    madeAt: now,
    watermark: now,
    logs: [],
    logE: null,
    spent: 0,
    dataAt: null,
    lastBadAt: null,
    windows: 0,
    sums: { newBad: 0, newTotal: 0, controlBad: 0, controlTotal: 0 },
    carry: null,
    trip: null,
    trouble: '',
    basis: '',
  };
}
