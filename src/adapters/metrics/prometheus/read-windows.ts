import { nothingNew } from '../../../domain/guard/nothing-new.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { labelTrouble } from '../../../domain/guard/strata.js';
import type { Trouble } from '../../../domain/guard/trouble.js';
import { grouped } from '../../../domain/grouped.js';
import type { Guard, GuardQuery } from '../../../domain/guard.js';
import { Beginnings } from './beginnings.js';
import type { ArmIncrements, CutArms } from '../cut-sweep.js';
import { cutWindows } from '../cut-windows.js';
import type { Increment } from '../increment.js';
import { type ScrapeTarget, wasScrapedBy } from '../scrape-target.js';
import { unheardFor } from '../unheard.js';
import { histogramNameOf, histogramOf } from './histogram.js';
import { incrementsOf, oddValueIn, resetsOf } from './increments.js';
import type { SampledSeries } from './sampled-series.js';
import { targetOf, targetsOf } from './series-target.js';
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

type ArmSeries = Omit<Samples, 'begins'>;

interface ArmPair {
  readonly new: ArmSeries;
  readonly control: ArmSeries;
}

interface Part extends ArmPair {
  readonly value: string;
}

/** What to read: from the watermark on, nothing that was there before `since`. */
interface Span {
  readonly watermark: number;
  readonly since: number;
  readonly strata?: Guard['strata'];
}

/**
 * Windows of two arms out of raw samples, told apart by the label of `strata` where there is one. Nothing that began before `since` counts, but a new version that was not there before counts from its
 * first request. Lost is what lies between the watermark and where the answer begins, if there was anything, and the time in which no
 * target was heard and after which one came back: what it tells then only begins again.
 */
export function readWindows(
  samples: Samples,
  arm: GuardQuery['arm'],
  { watermark, since, strata = null }: Span,
): MetricReading {
  const fresh = seriesOf(samples, arm.label, arm.new);
  const control = seriesOf(samples, arm.label, arm.control);
  const told = boundsOf([fresh, control]);
  const parts = partsOf(fresh, control, strata);
  const trouble = oddIn(fresh) ?? oddIn(control) ?? told.trouble ?? tooMany(parts, strata);
  if (trouble !== null) return nothingNew(watermark, trouble);
  const { bounds } = told;

  const targets = targetsOf(samples.total);
  const names = new Set([...fresh.total, ...control.total].map(targetOf));
  const ours = [...targets].filter(([name]) => names.has(name)).map(([, target]) => target);
  if (ours.length === 0) return nothingNew(watermark);

  const begins = Math.max(watermark, samples.begins);
  const beginnings = new Beginnings(fresh.total, targets, since);
  const armsOf = (arms: ArmPair): Pick<CutArms, 'new' | 'control'> => ({
    new: incrementsIn(arms.new, targets, beginnings),
    control: incrementsIn(arms.control, targets, beginnings),
  });
  const cut = cutWindows(begins, ours, {
    ...armsOf({ new: fresh, control }),
    strata: parts?.map((part) => ({ value: part.value, ...armsOf(part) })),
  });
  const windows = cut.windows.map((window) => ({ ...window, ...(bounds && { bounds }) }));
  const windowLength = Math.max(...ours.map(({ interval }) => interval));
  if (cut.watermark === begins) return nothingNew(watermark, null, windowLength);
  const lost =
    lostBefore(ours, { begins, watermark, since }) + unheardFor(ours, { from: begins, to: cut.watermark });
  return { ...cut, windows, unknown: null, lost, windowLength };
}

/** What lies between the watermark and the first scrape of the answer, ms; 0 where nothing was read before it, either. */
function lostBefore(
  targets: readonly ScrapeTarget[],
  { begins, watermark, since }: Span & { readonly begins: number },
): number {
  if (targets.some((target) => wasScrapedBy(target, begins))) return begins - watermark;
  const first = Math.min(...targets.map(({ scrapes }) => scrapes[0] ?? Infinity));
  return watermark > since ? first - watermark : 0;
}

function tooMany(parts: readonly Part[] | undefined, strata: Guard['strata']): Trouble | null {
  return labelTrouble(
    strata,
    parts?.map(({ value }) => value),
  );
}

/** The series of both arms by the values of a guard's label, in their order; empty for those without it. */
function partsOf(fresh: ArmSeries, control: ArmSeries, strata: Guard['strata']): Part[] | undefined {
  if (strata === null) return undefined;
  const { label } = strata;
  const values = new Set([...fresh.total, ...control.total].map(({ labels }) => labels[label] ?? ''));
  const within = ({ bad, total }: ArmSeries, value: string): ArmSeries => ({
    bad: seriesWith(bad, label, value),
    total: seriesWith(total, label, value),
  });
  return [...values]
    .sort()
    .map((value) => ({ value, new: within(fresh, value), control: within(control, value) }));
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
  beginnings: Beginnings,
): ArmIncrements {
  const resets =
    sum === undefined && buckets === undefined ? null : resetsByHistogram([...total, ...(buckets ?? [])]);
  const of = (series: readonly SampledSeries[]): Increment[] =>
    series.flatMap((one) => {
      const name = targetOf(one);
      const target = targets.get(name);
      if (target === undefined) return [];
      const together = resets === null ? null : (resets.get(histogramNameOf(one)) ?? new Set<number>());
      return beginnings.of(incrementsOf(one, target, together), name);
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
  const groups = grouped(series, histogramNameOf);
  return new Map([...groups].map(([name, group]) => [name, resetsOf(group)]));
}
