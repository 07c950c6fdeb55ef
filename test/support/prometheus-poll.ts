import { setTimeout as sleep } from 'node:timers/promises';
import { PrometheusMetricSource } from '../../src/adapters/metrics/prometheus/prometheus-metric-source.js';
import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import type {
  ArmCounts,
  BucketHistory,
  MetricReading,
  MetricWindow,
} from '../../src/domain/guard/reading.js';
import { type GuardInput, guardSchema } from '../../src/domain/guard.js';

/** The Service of the route that is guarded. */
export const SERVICE = 'shop.demo.svc.cluster.local';
/** How a query tells the arms apart. */
export const ARM = { label: 'version', new: 'v2', control: 'v1' };

/** ms */
const PATIENCE = 80_000;
const PAUSE = 200;

/** A counter of requests of a version that were answered with a code, as exporters name it. */
export function requestsOf(counter: string, version: string, code = 200): string {
  return `${counter}{version="${version}",code="${code}"}`;
}

/** Of such a counter: those with code 500 are bad. */
export function failuresOf(counter: string): Pick<GuardInput, 'query'> {
  return { query: { bad: `${counter}{code="500"}`, total: counter, arm: ARM } };
}

/** Reads for a guard of v2 against v1 as the watcher does, each reading from where the last one ended. */
export class PrometheusPoll {
  readonly windows: MetricWindow[] = [];
  /** Why nothing could be said, each time. */
  readonly troubles: string[] = [];
  lost = 0;
  /** Where the next reading begins, epoch ms. */
  watermark: number;
  source: PrometheusMetricSource;
  readonly subject: GuardSubject;
  last: MetricReading | undefined;
  /** What was told of the time before, once. */
  earlier: BucketHistory | undefined;
  readonly #since: number;

  /** Reads what came after `since`, epoch ms. */
  constructor(url: string, guard: Partial<GuardInput>, since = Date.now()) {
    this.source = new PrometheusMetricSource({ url });
    this.#since = since;
    this.watermark = since;
    this.subject = {
      environment: 'production',
      guard: guardSchema.parse({ key: 'g', source: 'prometheus', margin: 2, ...guard }),
      arms: { new: ARM.new, control: ARM.control },
      route: { key: 'shop', service: SERVICE, port: 80, versions: {} },
      rule: null,
    };
  }

  async once(): Promise<MetricReading> {
    const request = {
      subject: this.subject,
      watermark: this.watermark,
      since: this.#since,
      wantsEarlier: this.earlier === undefined,
    };
    const [reading] = await this.source.read([request], Date.now());
    if (reading === undefined) throw new Error('no reading');
    this.last = reading;
    if (reading.unknown !== null) this.troubles.push(reading.unknown);
    this.windows.push(...reading.windows);
    this.lost += reading.lost;
    this.watermark = reading.watermark;
    this.earlier ??= reading.earlier;
    return reading;
  }

  async until(passes: (poll: this) => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!passes(this)) {
      if (Date.now() > deadline) throw new Error(`not reached: ${JSON.stringify(this, null, 1)}`);
      await sleep(PAUSE);
      await this.once();
    }
  }

  /** Until a scrape later than now was read. */
  async settle(): Promise<void> {
    const now = Date.now();
    await this.until(() => this.watermark > now);
  }

  /** What an arm had in all that was read; null where it had no data. */
  sum(arm: 'new' | 'control'): Pick<ArmCounts, 'bad' | 'total'> | null {
    const counts = this.windows.map((window) => window[arm]).filter((one) => one !== null);
    if (counts.length === 0) return null;
    const of = (field: 'bad' | 'total'): number => counts.reduce((all, one) => all + one[field], 0);
    return { bad: of('bad'), total: of('total') };
  }

  /** The same as `bad/total`; `-` where it had no data. */
  told(arm: 'new' | 'control'): string {
    const sum = this.sum(arm);
    return sum === null ? '-' : `${sum.bad}/${sum.total}`;
  }

  /** Requests of an arm in each bucket, in all that was read. */
  buckets(arm: 'new' | 'control'): number[] {
    return this.windows.reduce<number[]>(
      (sum, window) => (window[arm]?.buckets ?? []).map((count, i) => count + (sum[i] ?? 0)),
      [],
    );
  }
}
