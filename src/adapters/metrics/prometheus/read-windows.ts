import type { MetricReading } from '../../../domain/guard/reading.js';
import type { GuardQuery } from '../../../domain/guard.js';
import { type ArmIncrements, cutWindows } from './cut-windows.js';
import { type Increment, incrementsOf, oddValueIn } from './increments.js';
import type { SampledSeries } from './prometheus-client.js';
import { type ScrapeTarget, targetOf, targetsOf } from './scrape-target.js';

/** The raw answers to a guard's two selectors, from `begins` (epoch ms) on. */
export interface Samples {
  readonly bad: readonly SampledSeries[];
  readonly total: readonly SampledSeries[];
  readonly begins: number;
}

/** Length of a window for as long as the scrape interval is not known, ms. */
const USUAL_INTERVAL = 15_000;

interface ArmSeries {
  readonly bad: readonly SampledSeries[];
  readonly total: readonly SampledSeries[];
}

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
  const odd = oddValueIn([...fresh.bad, ...fresh.total, ...control.bad, ...control.total]);
  if (odd !== null) return { ...nothingNew(watermark), unknown: odd };

  const targets = targetsOf(samples.total);
  const names = new Set([...fresh.total, ...control.total].map(targetOf));
  const ours = [...targets].filter(([name]) => names.has(name)).map(([, target]) => target);
  if (ours.length === 0) return nothingNew(watermark);

  const begins = Math.max(watermark, samples.begins);
  const cut = cutWindows(begins, ours, {
    new: incrementsIn(fresh, targets, since),
    control: incrementsIn(control, targets, since),
  });
  const windowLength = Math.max(...ours.map(({ interval }) => interval));
  if (cut.watermark === begins) return { ...nothingNew(watermark), windowLength };
  const hadMore = ours.some((target) => scrapedBy(target, begins));
  return { ...cut, unknown: null, lost: hadMore ? begins - watermark : 0, windowLength };
}

/** A reading without news. */
export function nothingNew(watermark: number): MetricReading {
  return { windows: [], watermark, unknown: null, lost: 0, windowLength: USUAL_INTERVAL };
}

function seriesOf({ bad, total }: Samples, label: string, value: string): ArmSeries {
  const inArm = ({ labels }: SampledSeries): boolean => labels[label] === value;
  return { bad: bad.filter(inArm), total: total.filter(inArm) };
}

function incrementsIn(
  { bad, total }: ArmSeries,
  targets: ReadonlyMap<string, ScrapeTarget>,
  since: number,
): ArmIncrements {
  const of = (series: readonly SampledSeries[]): Increment[] =>
    series.flatMap((one) => {
      const target = targets.get(targetOf(one));
      return target === undefined ? [] : incrementsOf(one, target).filter(({ start }) => start >= since);
    });
  return { bad: of(bad), total: of(total) };
}

/** Whether a target was being scraped where the answer begins, so that there was something before. */
function scrapedBy({ scrapes, interval }: ScrapeTarget, begins: number): boolean {
  return (scrapes[0] ?? Infinity) <= begins + 2 * interval;
}
