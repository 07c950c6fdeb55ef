import { setTimeout as sleep } from 'node:timers/promises';
import { PrometheusMetricSource } from '../../src/adapters/metrics/prometheus/prometheus-metric-source.js';
import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import type { BucketHistory, MetricReading, MetricWindow } from '../../src/domain/guard/reading.js';
import { type GuardInput, guardSchema } from '../../src/domain/guard.js';

/** The Service of the route that is guarded. */
export const SERVICE = 'shop.demo.svc.cluster.local';
/** How a query tells the arms apart. */
export const ARM = { label: 'version', new: 'v2', control: 'v1' };

/** ms */
const PATIENCE = 80_000;
const PAUSE = 400;

/** Reads for a guard of v2 against v1 as the watcher does, each reading from where the last one ended. */
export class PrometheusPoll {
  readonly windows: MetricWindow[] = [];
  readonly subject: GuardSubject;
  last: MetricReading | undefined;
  /** What was told of the time before, once. */
  earlier: BucketHistory | undefined;
  readonly #source: PrometheusMetricSource;
  readonly #since: number;
  #watermark: number;

  /** Reads what came after `since`, epoch ms. */
  constructor(url: string, guard: Partial<GuardInput>, since = Date.now()) {
    this.#source = new PrometheusMetricSource({ url });
    this.#since = since;
    this.#watermark = since;
    this.subject = {
      environment: 'production',
      guard: guardSchema.parse({ key: 'g', source: 'prometheus', margin: 2, ...guard }),
      arms: { new: ARM.new, control: ARM.control },
      route: { key: 'shop', service: SERVICE, port: 80, versions: {} },
      rule: null,
    };
  }

  async once(): Promise<void> {
    const request = {
      subject: this.subject,
      watermark: this.#watermark,
      since: this.#since,
      wantsEarlier: this.earlier === undefined,
    };
    const [reading] = await this.#source.read([request], Date.now());
    this.last = reading;
    this.windows.push(...(reading?.windows ?? []));
    this.#watermark = reading?.watermark ?? this.#watermark;
    this.earlier ??= reading?.earlier;
  }

  async until(passes: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!passes()) {
      if (Date.now() > deadline) throw new Error(`not reached: ${JSON.stringify(this, null, 1)}`);
      await sleep(PAUSE);
      await this.once();
    }
  }

  /** Until a scrape later than now was read. */
  async settle(): Promise<void> {
    const now = Date.now();
    await this.until(() => this.#watermark > now);
  }

  /** `bad/total` of an arm in all that was read; `-` where it had no data. */
  told(arm: 'new' | 'control'): string {
    const counts = this.windows.map((window) => window[arm]).filter((one) => one !== null);
    if (counts.length === 0) return '-';
    const sum = (field: 'bad' | 'total'): number => counts.reduce((all, one) => all + one[field], 0);
    return `${sum('bad')}/${sum('total')}`;
  }

  /** Requests of an arm in each bucket, in all that was read. */
  buckets(arm: 'new' | 'control'): number[] {
    return this.windows.reduce<number[]>(
      (sum, window) => (window[arm]?.buckets ?? []).map((count, i) => count + (sum[i] ?? 0)),
      [],
    );
  }
}
