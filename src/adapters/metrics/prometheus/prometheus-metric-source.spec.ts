import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter } from '../../../../test/support/exporter.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import type { ArmCounts, MetricReading, MetricWindow } from '../../../domain/guard/reading.js';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { guardSchema } from '../../../domain/guard.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';

let prometheus: TestPrometheus;
let oldPod: Exporter;
let newPod: Exporter;
let shyPod: Exporter;
let gateway: Exporter;

beforeAll(async () => {
  const exporters = await Promise.all(Array.from({ length: 4 }, () => Exporter.start()));
  [oldPod, newPod, shyPod, gateway] = exporters as [Exporter, Exporter, Exporter, Exporter];
  prometheus = await startPrometheus(exporters.map(({ target }) => target));
}, 60_000);

afterAll(async () => {
  await prometheus?.stop();
  await Promise.all([oldPod, newPod, shyPod, gateway].map((exporter) => exporter?.gone()));
});

/** A test that runs beside the others: they wait for scrapes most of the time. */
function meanwhile(title: string, run: () => Promise<void>): void {
  let outcome: Promise<void> = Promise.resolve();
  beforeAll(() => {
    outcome = run();
    outcome.catch(() => undefined);
  });
  it(title, () => outcome, 60_000);
}

/** A guard of version v2 against v1 on a counter with labels `version` and `code`. */
function subjectOf(counter: string): GuardSubject {
  const arm = { label: 'version', new: 'v2', control: 'v1' };
  const query = { bad: `${counter}{code="500"}`, total: counter, arm };
  const guard = guardSchema.parse({ key: 'failures', source: 'prometheus', query, margin: 2 });
  return { environment: 'production', guard, arms: { new: 'v2', control: 'v1' }, route: null, rule: null };
}

/** Polls as the watcher does: each reading from where the last one ended. */
class Poll {
  readonly windows: MetricWindow[] = [];
  readonly troubles: string[] = [];
  watermark: number;
  lost = 0;
  #since: number;
  source = new PrometheusMetricSource({ url: prometheus.url });

  constructor(readonly counter: string) {
    this.watermark = Date.now();
    this.#since = this.watermark;
  }

  async once(): Promise<MetricReading> {
    const request = { subject: subjectOf(this.counter), watermark: this.watermark, since: this.#since };
    const [reading] = await this.source.read([request], Date.now());
    if (reading === undefined) throw new Error('no reading');
    if (reading.unknown !== null) this.troubles.push(reading.unknown);
    this.windows.push(...reading.windows);
    this.lost += reading.lost;
    this.watermark = reading.watermark;
    return reading;
  }

  /** Until what was read passes the test. */
  async until(passes: (poll: Poll) => boolean): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!passes(this)) {
      if (Date.now() > deadline) throw new Error(`not reached: ${JSON.stringify(this, null, 1)}`);
      await sleep(200);
      await this.once();
    }
  }

  /** Until a scrape later than now has been read. */
  async settle(): Promise<void> {
    const now = Date.now();
    await this.until(({ watermark }) => watermark > now);
  }

  sum(arm: 'new' | 'control'): ArmCounts | null {
    return this.windows
      .map((window) => window[arm])
      .reduce((a, b) => (a && b ? { bad: a.bad + b.bad, total: a.total + b.total } : (a ?? b)), null);
  }
}

const name = (counter: string, version: string, code: number): string =>
  `${counter}{version="${version}",code="${code}"}`;

describe('the Prometheus source', () => {
  for (const isHandedOver of [false, true]) {
    const suffix = isHandedOver ? ', with another leader at each poll' : '';
    meanwhile(`counts each request once, the first failures and what follows a reset${suffix}`, async () => {
      const counter = `requests_${isHandedOver}`;
      oldPod.set(name(counter, 'v1', 200), 1_000);
      newPod.set(name(counter, 'v2', 200), 500);
      await sleep(2_500);
      const poll = new Poll(counter);
      await poll.settle();
      await poll.settle();
      for (let i = 0; i < 5; i += 1) {
        oldPod.add(name(counter, 'v1', 200), 40);
        newPod.add(name(counter, 'v2', 200), 10);
        if (i === 2) newPod.set(name(counter, 'v2', 500), 7);
        if (isHandedOver) poll.source = new PrometheusMetricSource({ url: prometheus.url });
        await sleep(400);
        await poll.once();
      }
      await poll.settle();
      newPod.set(name(counter, 'v2', 200), 3);
      await poll.settle();
      await poll.settle();
      expect(poll.sum('new')).toEqual({ bad: 7, total: 50 + 7 + 3 });
      expect(poll.sum('control')).toEqual({ bad: 0, total: 200 });
      expect(poll.troubles).toEqual([]);
    });
  }

  meanwhile('sees a version at a gateway that answers nothing but failures', async () => {
    const counter = 'all_fail';
    gateway.set(name(counter, 'v1', 200), 10);
    await sleep(2_500);
    const poll = new Poll(counter);
    await poll.settle();
    await poll.settle();
    gateway.add(name(counter, 'v1', 200), 90);
    gateway.set(name(counter, 'v2', 500), 12);
    await poll.until(() => poll.sum('new')?.total === 12 && poll.sum('control')?.total === 90);
    expect(poll.sum('new')).toEqual({ bad: 12, total: 12 });
  });

  meanwhile('counts a version that was not there before the guard from its first request', async () => {
    const counter = 'new_at_once';
    gateway.set(name(counter, 'v1', 200), 10);
    await new Poll(counter).settle();
    const poll = new Poll(counter);
    // A scrape that is under way has a time before the guard.
    await sleep(300);
    gateway.add(name(counter, 'v1', 200), 90);
    gateway.set(name(counter, 'v2', 500), 12);
    await poll.settle();
    await poll.settle();
    expect(poll.sum('new')).toEqual({ bad: 12, total: 12 });
    expect(poll.sum('control')).toEqual({ bad: 0, total: 90 });
  });

  meanwhile('counts a version that was there before the guard from the first scrape after it', async () => {
    const counter = 'there_before';
    gateway.set(name(counter, 'v1', 200), 10);
    gateway.set(name(counter, 'v2', 200), 10);
    await new Poll(counter).settle();
    const poll = new Poll(counter);
    gateway.set(name(counter, 'v2', 500), 12);
    await poll.settle();
    gateway.add(name(counter, 'v2', 500), 3);
    await poll.until(() => poll.sum('new')?.total === 3);
    expect(poll.sum('new')).toEqual({ bad: 3, total: 3 });
  });

  meanwhile(
    'takes a target that comes back after a silence as a baseline, and goes on from there',
    async () => {
      const counter = 'silent';
      oldPod.set(name(counter, 'v1', 200), 100);
      shyPod.set(name(counter, 'v2', 200), 100);
      await sleep(2_500);
      const poll = new Poll(counter);
      await poll.settle();
      await poll.settle();
      shyPod.add(name(counter, 'v2', 200), 5);
      await poll.settle();
      await shyPod.gone();
      shyPod.add(name(counter, 'v2', 200), 1_000);
      await sleep(4_000);
      oldPod.add(name(counter, 'v1', 200), 20);
      await poll.settle();
      expect(poll.windows.at(-1)?.new).toBeNull();
      await shyPod.back();
      await poll.settle();
      await poll.settle();
      shyPod.add(name(counter, 'v2', 200), 9);
      await poll.until(() => (poll.sum('new')?.total ?? 0) >= 14);
      expect(poll.sum('new')).toEqual({ bad: 0, total: 14 });
      expect(poll.sum('control')).toEqual({ bad: 0, total: 20 });
    },
  );

  meanwhile('has no data of an arm without a total, and no window without any', async () => {
    const counter = 'no_total';
    gateway.set(name(counter, 'v1', 200), 10);
    const poll = new Poll(counter);
    await poll.until(({ windows }) => windows.length > 1);
    expect(poll.windows.map((window) => window.new)).toEqual(poll.windows.map(() => null));
    const nowhere = new Poll('nowhere_total');
    expect(await nowhere.once()).toMatchObject({ windows: [], unknown: null, watermark: nowhere.watermark });
  });

  meanwhile('says what is wrong with a counter that is none, and with a query', async () => {
    gateway.set(name('not_a_number', 'v2', 200), Number.NaN);
    const poll = new Poll('not_a_number');
    await poll.until(({ troubles }) => troubles.length > 0);
    expect(poll.troubles[0]).toContain('has the value NaN');
    gateway.remove(name('not_a_number', 'v2', 200));
    // A selector by its form, and a number to Prometheus.
    const wrong = new Poll('nan');
    await wrong.until(({ troubles }) => troubles.length > 0);
    expect(wrong.troubles[0]).toMatch(/Prometheus answered 400: .*parse error/);
  });

  it('knows nothing while Prometheus is down, and then goes on with each window once, and says what was lost', async () => {
    const counter = 'outage';
    gateway.set(name(counter, 'v1', 200), 10);
    gateway.set(name(counter, 'v2', 200), 10);
    await sleep(2_500);
    const poll = new Poll(counter);
    await poll.settle();
    await poll.settle();
    gateway.add(name(counter, 'v2', 200), 4);
    await poll.until(() => poll.sum('new')?.total === 4);
    await prometheus.kill();
    const standing = poll.watermark;
    await poll.until(({ troubles }) => troubles.length > 0);
    expect(poll.troubles[0]).toContain("Prometheus can't be reached");
    expect(poll.watermark).toBe(standing);
    gateway.add(name(counter, 'v2', 200), 500);
    await sleep(4_000);
    await prometheus.start();
    await poll.settle();
    await poll.settle();
    gateway.add(name(counter, 'v2', 200), 6);
    await poll.until(() => (poll.sum('new')?.total ?? 0) >= 10);
    await poll.settle();
    expect(poll.sum('new')).toEqual({ bad: 0, total: 10 });
    const before = poll.windows.findLast(({ to }) => to <= standing)?.to ?? 0;
    const after = poll.windows.find(({ to }) => to > standing)?.from ?? 0;
    expect(poll.lost).toBe(after - before);
    expect(poll.lost).toBeGreaterThan(4_000);
    const ends = poll.windows.map(({ to }) => to);
    expect(new Set(ends).size).toBe(ends.length);
  }, 60_000);
});
