import type { MetricWindow } from '../reading.js';
import type { PairedCounts } from '../split-llr.js';

/** The counts of a window in both arms; null where one has no data. */
export function pairedOf({
  new: fresh,
  control,
}: Pick<MetricWindow, 'new' | 'control'>): PairedCounts | null {
  if (fresh === null || control === null) return null;
  return {
    newBad: fresh.bad,
    newTotal: fresh.total,
    controlBad: control.bad,
    controlTotal: control.total,
  };
}

/** The counts of a window for what looks at the new arm: a control without data counts as none; null where the new arm has no data. */
export function newAndControl(window: MetricWindow): PairedCounts | null {
  return pairedOf({ ...window, control: window.control ?? { bad: 0, total: 0 } });
}
