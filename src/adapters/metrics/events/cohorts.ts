import type { ArmCounts, MetricReading, MetricWindow } from '../../../domain/guard/reading.js';
import { EXPOSURES } from '../../../domain/series.js';
import { ATTRIBUTION_WINDOWS, cohortName, type UnitCounts } from '../../../domain/units.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { COUNT_WINDOW } from '../../../ports/store.js';
import { GRACE, REACH } from '../reach.js';

/** Users come for the first time less and less often: so long without any is nothing unusual, ms. */
const USUAL = 60_000;

export const NO_UNITS: UnitCounts = { assigned: new Map(), cohorts: new Map() };

/** Windows of first exposure to read, and by how many windows the attribution window puts their judgement off. */
export interface CohortSpan {
  readonly from: number;
  readonly to: number;
  readonly lag: number;
  /** Milliseconds that can't be read any more. */
  readonly lost: number;
}

/**
 * The cohorts whose attribution window ended after the request's watermark. A cohort stands in the window in which its
 * attribution ends: all its users have had the same time by then, in both arms, however long they are exposed.
 */
export function cohortSpan({ watermark, since, subject }: MetricRequest, now: number): CohortSpan {
  const lag = Math.ceil(((subject.guard.events?.within ?? 0) * 1_000) / COUNT_WINDOW);
  const wanted = Math.ceil(Math.max(watermark, since + lag * COUNT_WINDOW) / COUNT_WINDOW);
  const from = Math.max(wanted, Math.ceil((now - REACH) / COUNT_WINDOW));
  const to = Math.floor((now - GRACE) / COUNT_WINDOW) - 1;
  return { from: from - lag, to: to - lag, lag, lost: (from - wanted) * COUNT_WINDOW };
}

/** The reading that cohorts give: who was exposed, and who of them did it in time. */
export function cohortReading(
  { subject, watermark }: MetricRequest,
  { from, to, lag, lost }: CohortSpan,
  { cohorts }: UnitCounts,
): MetricReading {
  const { events } = subject.guard;
  const windows: MetricWindow[] = [];
  for (let window = from; window <= to; window += 1) {
    const cohort = cohorts.get(window);
    if (cohort === undefined || events === null) continue;
    windows.push({
      from: (window + lag) * COUNT_WINDOW,
      to: (window + lag + 1) * COUNT_WINDOW,
      new: armCounts(cohort, subject.arms.new, events),
      control: armCounts(cohort, subject.arms.control, events),
    });
  }
  return {
    windows,
    watermark: Math.max(watermark, (to + lag + 1) * COUNT_WINDOW),
    unknown: null,
    lost,
    windowLength: Math.max(USUAL, lag * COUNT_WINDOW),
  };
}

function armCounts(
  cohort: ReadonlyMap<string, number>,
  variant: string,
  { bad, within }: { readonly bad: string; readonly within?: number | undefined },
): ArmCounts | null {
  const total = cohort.get(cohortName(variant, EXPOSURES)) ?? 0;
  const did = ATTRIBUTION_WINDOWS.reduce(
    (sum, each, index) =>
      each <= (within ?? 0) ? sum + (cohort.get(cohortName(variant, bad, index)) ?? 0) : sum,
    0,
  );
  return total === 0 ? null : { bad: did, total };
}
