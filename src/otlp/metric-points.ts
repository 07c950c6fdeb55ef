import { createHash } from 'node:crypto';
import type { MetricPoint } from '../ports/store.js';
import type {
  Attributes,
  ExportRequest,
  HistogramPoint,
  NumberPoint,
  PushedMetric,
} from './export-request.js';
import { histogramFault, sumFault, timeFault } from './point-faults.js';
import type { WantedMetrics } from './wanted-metrics.js';

/** `flags`: the sender has nothing to say of this moment. */
const NO_RECORDED_VALUE = 1;

type Labels = Readonly<Record<string, string>>;

/** What is kept of a request, and how many points of wanted metrics are refused, by the reason in words. */
export interface TakenPoints {
  readonly points: readonly MetricPoint[];
  readonly refused: ReadonlyMap<string, number>;
}

interface Place {
  readonly target: string;
  readonly scope: string;
  readonly resource: Labels;
}

/** One point of a sum or a histogram, as far as they are alike. */
interface Told {
  readonly point: NumberPoint;
  readonly temporality: 'delta' | 'cumulative' | null;
  readonly fault: string | null;
  readonly figures: Pick<MetricPoint, 'value' | 'sum' | 'bounds' | 'buckets'>;
}

/** The points that guards want out of a request that came at `now` (the store's time, epoch ms). Metrics that no guard reads are left out. */
export function takePoints(request: ExportRequest, wanted: WantedMetrics, now: number): TakenPoints {
  const taking = new Taking(wanted, now);
  for (const { resource, scopeMetrics } of request.resourceMetrics) {
    const labels = labelsOf(resource?.attributes ?? []);
    const target = digest(labels);
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics)
        taking.take(metric, { target, scope: scope?.name ?? '', resource: labels });
    }
  }
  return taking;
}

class Taking implements TakenPoints {
  readonly points: MetricPoint[] = [];
  readonly refused = new Map<string, number>();

  constructor(
    private readonly wanted: WantedMetrics,
    private readonly now: number,
  ) {}

  take(metric: PushedMetric, place: Place): void {
    for (const told of [...histogramPoints(metric), ...sumPoints(metric)])
      this.#add(metric.name, place, told);
    this.#refuseUnread(metric);
  }

  #add(name: string, place: Place, { point, temporality, fault, figures }: Told): void {
    if ((point.flags & NO_RECORDED_VALUE) !== 0) return;
    const own = labelsOf(point.attributes);
    const labels = { ...place.resource, ...own };
    if (!this.wanted.has(name, labels)) return;
    const trouble = fault ?? timeFault(point, this.now);
    if (trouble !== null) return this.#refuse(`${name}: ${trouble}`, 1);
    if (temporality === null)
      return this.#refuse(`${name}: its aggregation temporality is neither delta nor cumulative`, 1);
    const kept = Object.entries(labels).filter(([label]) => this.wanted.labels.has(label));
    this.points.push({
      target: place.target,
      series: digest([place.target, place.scope, name, own]),
      metric: name,
      labels: Object.fromEntries(kept),
      start: point.startTimeUnixNano,
      time: point.timeUnixNano,
      isDelta: temporality === 'delta',
      ...figures,
    });
  }

  #refuseUnread({ name, gauge, exponentialHistogram, summary }: PushedMetric): void {
    if (!this.wanted.hasMetric(name)) return;
    const exponential = exponentialHistogram?.dataPoints.length ?? 0;
    const others = (gauge?.dataPoints.length ?? 0) + (summary?.dataPoints.length ?? 0);
    if (exponential > 0)
      this.#refuse(`${name}: buckets of an exponential histogram move; export explicit bounds`, exponential);
    if (others > 0)
      this.#refuse(`${name}: a guard counts a monotonic sum or a histogram, no gauge or summary`, others);
  }

  #refuse(words: string, count: number): void {
    this.refused.set(words, (this.refused.get(words) ?? 0) + count);
  }
}

function histogramPoints({ histogram }: PushedMetric): Told[] {
  if (histogram === undefined) return [];
  return histogram.dataPoints.map((point) => ({
    point,
    temporality: histogram.aggregationTemporality,
    fault: histogramFault(point),
    figures: { value: point.count, sum: point.sum ?? undefined, ...bucketsOf(point) },
  }));
}

function bucketsOf({
  bucketCounts,
  explicitBounds,
}: HistogramPoint): Pick<MetricPoint, 'bounds' | 'buckets'> {
  return bucketCounts.length === 0 ? {} : { bounds: explicitBounds, buckets: bucketCounts };
}

function sumPoints({ sum }: PushedMetric): Told[] {
  if (sum === undefined) return [];
  return sum.dataPoints.map((point) => {
    const value = point.asInt ?? point.asDouble ?? Number.NaN;
    const fault = sumFault(value, sum.isMonotonic);
    return { point, temporality: sum.aggregationTemporality, fault, figures: { value, sum: value } };
  });
}

function labelsOf(attributes: Attributes): Labels {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { key, value } of attributes) {
    const given = Object.values(value ?? {})[0];
    if (given !== undefined) labels[key] = String(given);
  }
  return labels;
}

/** Short name of something that is JSON, whatever the order of its members. */
function digest(value: Labels | readonly unknown[]): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))
      : part,
  );
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
