import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter } from '../../../../test/support/exporter.js';
import { meanwhile } from '../../../../test/support/meanwhile.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import { failuresOf, PrometheusPoll, requestsOf } from '../../../../test/support/prometheus-poll.js';
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

const pollOf = (counter: string): PrometheusPoll => new PrometheusPoll(prometheus.url, failuresOf(counter));

describe('the Prometheus source', () => {
  for (const isHandedOver of [false, true]) {
    const suffix = isHandedOver ? ', with another leader at each poll' : '';
    meanwhile(`counts each request once, the first failures and what follows a reset${suffix}`, async () => {
      const counter = `requests_${isHandedOver}`;
      oldPod.set(requestsOf(counter, 'v1'), 1_000);
      newPod.set(requestsOf(counter, 'v2'), 500);
      await sleep(2_500);
      const poll = pollOf(counter);
      await poll.settle();
      await poll.settle();
      for (let i = 0; i < 5; i += 1) {
        oldPod.add(requestsOf(counter, 'v1'), 40);
        newPod.add(requestsOf(counter, 'v2'), 10);
        if (i === 2) newPod.set(requestsOf(counter, 'v2', 500), 7);
        if (isHandedOver) poll.source = new PrometheusMetricSource({ url: prometheus.url });
        await sleep(400);
        await poll.once();
      }
      await poll.settle();
      newPod.set(requestsOf(counter, 'v2'), 3);
      await poll.settle();
      await poll.settle();
      expect(poll.sum('new')).toEqual({ bad: 7, total: 50 + 7 + 3 });
      expect(poll.sum('control')).toEqual({ bad: 0, total: 200 });
      expect(poll.troubles).toEqual([]);
    });
  }

  meanwhile('sees a version at a gateway that answers nothing but failures', async () => {
    const counter = 'all_fail';
    gateway.set(requestsOf(counter, 'v1'), 10);
    await sleep(2_500);
    const poll = pollOf(counter);
    await poll.settle();
    await poll.settle();
    gateway.add(requestsOf(counter, 'v1'), 90);
    gateway.set(requestsOf(counter, 'v2', 500), 12);
    await poll.until(() => poll.sum('new')?.total === 12 && poll.sum('control')?.total === 90);
    expect(poll.sum('new')).toEqual({ bad: 12, total: 12 });
  });

  meanwhile('counts a version that was not there before the guard from its first request', async () => {
    const counter = 'new_at_once';
    gateway.set(requestsOf(counter, 'v1'), 10);
    await pollOf(counter).settle();
    const poll = pollOf(counter);
    // A scrape that is under way has a time before the guard.
    await sleep(300);
    gateway.add(requestsOf(counter, 'v1'), 90);
    gateway.set(requestsOf(counter, 'v2', 500), 12);
    await poll.settle();
    await poll.settle();
    expect(poll.sum('new')).toEqual({ bad: 12, total: 12 });
    expect(poll.sum('control')).toEqual({ bad: 0, total: 90 });
  });

  meanwhile('counts a version that was there before the guard from the first scrape after it', async () => {
    const counter = 'there_before';
    gateway.set(requestsOf(counter, 'v1'), 10);
    gateway.set(requestsOf(counter, 'v2'), 10);
    await pollOf(counter).settle();
    const poll = pollOf(counter);
    gateway.set(requestsOf(counter, 'v2', 500), 12);
    await poll.settle();
    gateway.add(requestsOf(counter, 'v2', 500), 3);
    await poll.until(() => poll.sum('new')?.total === 3);
    expect(poll.sum('new')).toEqual({ bad: 3, total: 3 });
  });

  meanwhile(
    'takes a target that comes back after a silence as a baseline, and goes on from there',
    async () => {
      const counter = 'silent';
      oldPod.set(requestsOf(counter, 'v1'), 100);
      shyPod.set(requestsOf(counter, 'v2'), 100);
      await sleep(2_500);
      const poll = pollOf(counter);
      await poll.settle();
      await poll.settle();
      shyPod.add(requestsOf(counter, 'v2'), 5);
      await poll.settle();
      await shyPod.gone();
      shyPod.add(requestsOf(counter, 'v2'), 1_000);
      await sleep(4_000);
      oldPod.add(requestsOf(counter, 'v1'), 20);
      await poll.settle();
      expect(poll.windows.at(-1)?.new).toBeNull();
      await shyPod.back();
      await poll.settle();
      await poll.settle();
      shyPod.add(requestsOf(counter, 'v2'), 9);
      await poll.until(() => (poll.sum('new')?.total ?? 0) >= 14);
      expect(poll.sum('new')).toEqual({ bad: 0, total: 14 });
      expect(poll.sum('control')).toEqual({ bad: 0, total: 20 });
    },
  );

  meanwhile('has no data of an arm without a total, and no window without any', async () => {
    const counter = 'no_total';
    gateway.set(requestsOf(counter, 'v1'), 10);
    const poll = pollOf(counter);
    await poll.until(({ windows }) => windows.length > 1);
    expect(poll.windows.map((window) => window.new)).toEqual(poll.windows.map(() => null));
    const nowhere = pollOf('nowhere_total');
    expect(await nowhere.once()).toMatchObject({ windows: [], unknown: null, watermark: nowhere.watermark });
  });

  meanwhile('says what is wrong with a counter that is none, and with a query', async () => {
    gateway.set(requestsOf('not_a_number', 'v2'), Number.NaN);
    const poll = pollOf('not_a_number');
    await poll.until(({ troubles }) => troubles.length > 0);
    expect(poll.troubles[0]).toContain('has the value NaN');
    gateway.remove(requestsOf('not_a_number', 'v2'));
    // A selector by its form, and a number to Prometheus.
    const wrong = pollOf('nan');
    await wrong.until(({ troubles }) => troubles.length > 0);
    expect(wrong.troubles[0]).toMatch(/Prometheus answered 400: .*parse error/);
  });

  it('knows nothing while Prometheus is down, and then goes on with each window once, and says what was lost', async () => {
    const counter = 'outage';
    gateway.set(requestsOf(counter, 'v1'), 10);
    gateway.set(requestsOf(counter, 'v2'), 10);
    await sleep(2_500);
    const poll = pollOf(counter);
    await poll.settle();
    await poll.settle();
    gateway.add(requestsOf(counter, 'v2'), 4);
    await poll.until(() => poll.sum('new')?.total === 4);
    await prometheus.kill();
    const standing = poll.watermark;
    await poll.until(({ troubles }) => troubles.length > 0);
    expect(poll.troubles[0]).toContain("Prometheus can't be reached");
    expect(poll.watermark).toBe(standing);
    gateway.add(requestsOf(counter, 'v2'), 500);
    await sleep(4_000);
    await prometheus.start();
    await poll.settle();
    await poll.settle();
    gateway.add(requestsOf(counter, 'v2'), 6);
    await poll.until(() => (poll.sum('new')?.total ?? 0) >= 10);
    await poll.settle();
    expect(poll.sum('new')).toEqual({ bad: 0, total: 10 });
    const before = poll.windows.findLast(({ to }) => to <= standing)?.to ?? 0;
    const after = poll.windows.find(({ to }) => to > standing)?.from ?? 0;
    expect(poll.lost).toBe(after - before);
    expect(poll.lost).toBeGreaterThan(4_000);
    const ends = poll.windows.map(({ to }) => to);
    expect(new Set(ends).size).toBe(ends.length);
  }, 180_000);
});
