import type { MetricReading } from '../../../domain/guard/reading.js';
import { type Trouble, untold } from '../../../domain/guard/trouble.js';
import type { GuardQuery } from '../../../domain/guard.js';
import { type ArmIncrements, cutWindows } from './cut-windows.js';
import { histogramNameOf, histogramOf } from './histogram.js';
import { type Increment, incrementsOf, oddValueIn, resetsOf } from './increments.js';
import type { SampledSeries } from './prometheus-client.js';
import { type ScrapeTarget, targetOf, targetsOf } from './scrape-target.js';
import { seriesWith } from './series-by-label.js';

/** The raw answers to a guard's selectors, from `begins` (epoch ms) on. */
export interface Samples {
  readonly bad: readonly SampledSeries[];
  /** Of a histogram the buckets up to +Inf. */
  readonly total: readonly SampledSeries[];
  readonly sum?: readonly SampledSeries[];
  /** All buckets of a histogram. */
  readonly buckets?: readonly SampledSeries[];
  readonly begins: number;
}

/** Length of a window for as long as the scrape interval is not known, ms. */
const USUAL_INTERVAL = 15_000;

type ArmSeries = Omit<Samples, 'begins'>;

/**
 * Windows of two arms out of raw samples. Nothing that began before `since` counts; what lies between the watermark and
 * where the answer begins is lost, if there was anything.
 */
export function readWindows(
  samples: Samples,
  arm: GuardQuery['arm'],
  { watermark, since }: { readonly watermark: number; readonly since: number },
): MetricReading {
  const fresh = seriesOf(samples, arm.label, arm.new);
  const control = seriesOf(samples, arm.label, arm.control);
  const told = boundsOf([fresh, control]);
  const trouble = oddIn(fresh) ?? oddIn(control) ?? told.trouble ?? null;
  if (trouble !== null) return { ...nothingNew(watermark), ...untold(trouble) };
  const { bounds } = told;

  const targets = targetsOf(samples.total);
  const names = new Set([...fresh.total, ...control.total].map(targetOf));
  const ours = [...targets].filter(([name]) => names.has(name)).map(([, target]) => target);
  if (ours.length === 0) return nothingNew(watermark);

  const begins = Math.max(watermark, samples.begins);
  const cut = cutWindows(begins, ours, {
    new: incrementsIn(fresh, targets, since),
    control: incrementsIn(control, targets, since),
  });
  const windows = cut.windows.map((window) => ({ ...window, ...(bounds && { bounds }) }));
  const windowLength = Math.max(...ours.map(({ interval }) => interval));
  if (cut.watermark === begins) return { ...nothingNew(watermark), windowLength };
  const hadMore = ours.some((target) => scrapedBy(target, begins));
  return { ...cut, windows, unknown: null, lost: hadMore ? begins - watermark : 0, windowLength };
}

/** Of a guard that names no series. */
export const NOTHING_TO_READ: Trouble = {
  code: 'NOT_READABLE',
  words: 'the guard has neither a query nor a route for its template',
};

/** A reading without news. */
export function nothingNew(watermark: number): MetricReading {
  return { windows: [], watermark, unknown: null, lost: 0, windowLength: USUAL_INTERVAL };
}

function seriesOf({ bad, total, sum, buckets }: Samples, label: string, value: string): ArmSeries {
  const inArm = (series: readonly SampledSeries[]): readonly SampledSeries[] =>
    seriesWith(series, label, value);
  return {
    bad: inArm(bad),
    total: inArm(total),
    ...(sum && { sum: inArm(sum) }),
    ...(buckets && { buckets: inArm(buckets) }),
  };
}

/** The bounds that both arms share: none where they have no buckets, `trouble` where they can't be told. */
function boundsOf(arms: readonly ArmSeries[]): {
  readonly trouble?: Trouble;
  readonly bounds?: readonly number[];
} {
  const buckets = arms.flatMap((arm) => arm.buckets ?? []);
  if (buckets.length === 0) return {};
  const histogram = histogramOf(buckets);
  return 'trouble' in histogram ? histogram : { bounds: histogram.bounds };
}

function oddIn({ bad, total, sum = [], buckets = [] }: ArmSeries): Trouble | null {
  return oddValueIn([...bad, ...total, ...buckets]) ?? oddValueIn(sum, -Infinity);
}

function incrementsIn(
  { bad, total, sum, buckets }: ArmSeries,
  targets: ReadonlyMap<string, ScrapeTarget>,
  since: number,
): ArmIncrements {
  const resets =
    sum === undefined && buckets === undefined ? null : resetsByHistogram([...total, ...(buckets ?? [])]);
  const of = (series: readonly SampledSeries[]): Increment[] =>
    series.flatMap((one) => {
      const target = targets.get(targetOf(one));
      if (target === undefined) return [];
      const together = resets === null ? null : (resets.get(histogramNameOf(one)) ?? new Set<number>());
      return incrementsOf(one, target, together).filter(({ start }) => start >= since);
    });
  const bounds = buckets === undefined ? undefined : histogramOf(buckets);
  return {
    bad: of(bad),
    total: of(total),
    ...(sum && { sum: of(sum) }),
    ...(bounds && 'counts' in bounds && { buckets: bounds.counts.map(of) }),
  };
}

/** Count, sum and buckets of one histogram are reset together, though only some of them fall. */
function resetsByHistogram(series: readonly SampledSeries[]): Map<string, Set<number>> {
  const groups = new Map<string, SampledSeries[]>();
  for (const one of series) {
    const name = histogramNameOf(one);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return new Map([...groups].map(([name, group]) => [name, resetsOf(group)]));
}

/** Whether a target was being scraped where the answer begins, so that there was something before. */
function scrapedBy({ scrapes, interval }: ScrapeTarget, begins: number): boolean {
  return (scrapes[0] ?? Infinity) <= begins + 2 * interval;
}
