import type { Guard } from '../guard.js';
import { accumulate, RATIO_GRID } from './accumulate.js';
import type { GuardRecord } from './guard-record.js';
import { type GuardPlan, massOf } from './mass.js';
import { poissonAbsLlr } from './poisson-abs-llr.js';
import { ratioLlrs } from './ratio-evidence.js';
import type { ArmCounts, MetricWindow } from './reading.js';
import type { PairedCounts } from './split-llr.js';

/** The record after one window. Without traffic in both arms (absolute guard: in the new arm) no evidence is gathered and no mass spent. */
export function applyWindow(
  record: GuardRecord,
  window: MetricWindow,
  guard: Guard,
  plan: GuardPlan,
): GuardRecord {
  const seen = { ...record, lastBadAt: badIn(window.new) ? window.to : record.lastBadAt };
  const counts = countsOf(window, guard);
  if (counts === null) return seen;
  const withData = { ...seen, dataAt: window.to };
  return hasTraffic(counts, guard) ? addEvidence(withData, window, { counts, guard, plan }) : withData;
}

function addEvidence(
  record: GuardRecord,
  window: MetricWindow,
  { counts, guard, plan }: { counts: PairedCounts; guard: Guard; plan: GuardPlan },
): GuardRecord {
  const { mass, planned } = massOf(window, plan, { spent: record.spent, first: record.logE === null });
  return {
    ...record,
    ...accumulate(record.logs, llrsOf(counts, guard), { mass, phi: guard.phi }),
    spent: Math.min(1, record.spent + planned),
    windows: record.windows + 1,
    sums: {
      newBad: record.sums.newBad + counts.newBad,
      newTotal: record.sums.newTotal + counts.newTotal,
      controlBad: record.sums.controlBad + counts.controlBad,
      controlTotal: record.sums.controlTotal + counts.controlTotal,
    },
    expected: record.expected + counts.newTotal * allowedShare(counts, guard),
  };
}

function llrsOf(counts: PairedCounts, { margin, threshold }: Guard): number[] {
  if (margin !== null) return ratioLlrs(counts, margin);
  const allowed = threshold ?? 1;
  return RATIO_GRID.map((step) => poissonAbsLlr(counts.newBad, counts.newTotal, allowed, allowed * step));
}

function allowedShare(counts: PairedCounts, { margin, threshold }: Guard): number {
  return margin === null ? (threshold ?? 1) : counts.controlBad / counts.controlTotal;
}

/** null where the arms that this guard looks at have no data. */
function countsOf(window: MetricWindow, guard: Guard): PairedCounts | null {
  const control = window.control ?? (guard.margin === null ? { bad: 0, total: 0 } : null);
  if (window.new === null || control === null) return null;
  return {
    newBad: window.new.bad,
    newTotal: window.new.total,
    controlBad: control.bad,
    controlTotal: control.total,
  };
}

function hasTraffic(counts: PairedCounts, guard: Guard): boolean {
  return counts.newTotal > 0 && (guard.margin === null || counts.controlTotal > 0);
}

/** Whether an arm had a bad event. */
export function badIn(arm: ArmCounts | null): boolean {
  return arm !== null && arm.bad > 0;
}
