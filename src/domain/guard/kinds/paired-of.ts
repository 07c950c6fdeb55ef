import type { MetricWindow } from '../reading.js';
import type { PairedCounts } from '../split-llr.js';

/** The counts of a window in both arms; null where one has no data. */
export function pairedOf({ new: fresh, control }: MetricWindow): PairedCounts | null {
  if (fresh === null || control === null) return null;
  return {
    newBad: fresh.bad,
    newTotal: fresh.total,
    controlBad: control.bad,
    controlTotal: control.total,
  };
}
