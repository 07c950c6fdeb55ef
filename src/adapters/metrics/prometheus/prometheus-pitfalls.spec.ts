import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter } from '../../../../test/support/exporter.js';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { meanwhile } from '../../../../test/support/meanwhile.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import {
  ARM,
  failuresOf,
  PrometheusPoll,
  requestsOf,
  SERVICE,
} from '../../../../test/support/prometheus-poll.js';
import { judge } from '../../../domain/guard/judge.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { freshRecord } from '../../../domain/guard/record.js';
import { ALONE } from '../../../domain/guard/combination.js';

/** Time from scrape to scrape, ms; a scrape may take as long. */
const SCRAPE = 2_000;

let prometheus: TestPrometheus;
/** Where both versions are counted, as at a gateway; a pod of its own; and one that answers late. */
let gateway: Exporter;
let pod: Exporter;
let late: Exporter;

beforeAll(async () => {
  [gateway, pod, late] = await Promise.all([Exporter.start(), Exporter.start(), Exporter.start()]);
  late.delay = 400;
  prometheus = await startPrometheus(
    [gateway, pod, late].map(({ target }) => target),
    SCRAPE / 1_000,
  );
}, 60_000);

afterAll(async () => {
  await prometheus?.stop();
  await Promise.all([gateway, pod, late].map((one) => one?.gone()));
});

/** Waits until Prometheus has scraped something that this finds. */
async function known(selector: string): Promise<void> {
  await eventually(async () => {
    const answer = await fetch(
      `${prometheus.url}/api/v1/query?query=${encodeURIComponent(`count(${selector})`)}`,
    );
    const { data } = (await answer.json()) as { readonly data: { readonly result: readonly unknown[] } };
    if (data.result.length === 0) throw new Error(`${selector} was not scraped`);
  }, 60_000);
}

/** Both versions were counted before the guard looks. */
async function begun(counter: string, on: Exporter = gateway): Promise<PrometheusPoll> {
  for (const version of ['v1', 'v2']) on.set(requestsOf(counter, version), 1_000);
  await known(counter);
  const poll = new PrometheusPoll(prometheus.url, failuresOf(counter));
  await poll.settle();
  await poll.settle();
  return poll;
}

describe('a pitfall of metrics, on a real Prometheus', () => {
  meanwhile('alignment: failures never stand in another window than the requests they are of', async () => {
    const poll = await begun('aligned');
    // Every request fails from here on: a window with more or fewer failures than requests mixes two scrapes.
    for (let i = 0; i < 12; i += 1) {
      gateway.add(requestsOf('aligned', 'v2', 500), 7);
      gateway.add(requestsOf('aligned', 'v1'), 70);
      await sleep(500);
      await poll.once();
    }
    await poll.settle();
    const odd = poll.windows.filter((window) => window.new !== null && window.new.bad !== window.new.total);
    expect(odd).toEqual([]);
    expect([poll.told('new'), poll.told('control')]).toEqual(['84/84', '0/840']);
  });

  meanwhile('late data: a scrape that takes long is waited for, and counted once', async () => {
    const poll = await begun('lagging', late);
    for (let i = 0; i < 5; i += 1) {
      late.add(requestsOf('lagging', 'v2'), 10);
      late.add(requestsOf('lagging', 'v1'), 100);
      await sleep(600);
      await poll.once();
    }
    await poll.settle();
    await poll.settle();
    expect([poll.told('new'), poll.told('control')]).toEqual(['0/50', '0/500']);
  });

  meanwhile(
    'late data: the arm of a pod that is scraped late holds its window up, and no failure is lost',
    async () => {
      const counter = 'uneven';
      gateway.set(requestsOf(counter, 'v1'), 1_000);
      late.set(requestsOf(counter, 'v2'), 1_000);
      await known(`(${counter}{version="v1"} and on() ${counter}{version="v2"})`);
      const poll = new PrometheusPoll(prometheus.url, failuresOf(counter));
      await poll.settle();
      await poll.settle();
      gateway.add(requestsOf(counter, 'v1'), 300);
      late.add(requestsOf(counter, 'v2'), 20);
      late.add(requestsOf(counter, 'v2', 500), 10);
      await poll.settle();
      await poll.settle();
      expect([poll.told('new'), poll.told('control')]).toEqual(['10/30', '0/300']);
      // Windows of both arms follow one another: none begins before the last one ended.
      const spans = poll.windows.map(({ from, to }) => [from, to]);
      expect(spans.every(([from = 0], i) => i === 0 || from >= (spans[i - 1]?.[1] ?? 0))).toBe(true);
    },
  );

  meanwhile(
    'reporters: failures are the clients’, so that a crashed version is seen; times are the servers’',
    async () => {
      const istio = (reporter: string, version: string, code: number): string =>
        `istio_requests_total{reporter="${reporter}",destination_service="${SERVICE}",destination_version="${version}",response_code="${code}"}`;
      for (const version of ['v1', 'v2']) gateway.set(istio('source', version, 200), 100);
      pod.set(istio('destination', 'v1', 200), 100);
      pod.set(istio('destination', 'v2', 200), 100);
      await known('istio_requests_total{reporter="source"}');
      const poll = new PrometheusPoll(prometheus.url, { template: 'istio' });
      await poll.settle();
      await poll.settle();
      // v2 crashes: its own proxy tells nothing more, and its clients get 503.
      gateway.add(istio('source', 'v1', 200), 200);
      gateway.add(istio('source', 'v2', 503), 25);
      pod.add(istio('destination', 'v1', 200), 200);
      pod.remove(istio('destination', 'v2', 200));
      await poll.settle();
      await poll.settle();
      expect([poll.told('new'), poll.told('control')]).toEqual(['25/25', '0/200']);
    },
  );

  meanwhile(
    'missing arms: a version without series has no data, and a reading says nothing of it',
    async () => {
      gateway.set(requestsOf('alone', 'v1'), 10);
      await known('alone');
      const poll = new PrometheusPoll(prometheus.url, failuresOf('alone'));
      await poll.settle();
      gateway.add(requestsOf('alone', 'v1'), 30);
      await poll.settle();
      await poll.settle();
      expect([poll.told('new'), poll.told('control')]).toEqual(['-', '0/30']);
    },
  );

  for (const [value, words] of [
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
    [-5, '-5'],
  ] as const)
    meanwhile(`no count: ${words} is BAD_COUNT`, async () => {
      const counter = `odd_${words.replace('-', 'minus_')}`;
      const poll = await begun(counter);
      gateway.set(requestsOf(counter, 'v2', 500), value);
      await poll.until(() => poll.last?.code !== undefined);
      expect(poll.last).toMatchObject({
        code: 'BAD_COUNT',
        windows: [],
        unknown: expect.stringContaining(words),
      });
    });

  meanwhile('bounds: a histogram whose bounds change is BOUNDS_DIFFER', async () => {
    const bucket = (version: string, le: string): string => `changed_bucket{version="${version}",le="${le}"}`;
    for (const version of ['v1', 'v2'])
      for (const [i, le] of ['100', '250', '+Inf'].entries()) gateway.set(bucket(version, le), 100 * (i + 1));
    await known('changed_bucket');
    const poll = new PrometheusPoll(prometheus.url, {
      kind: 'latency',
      query: { buckets: 'changed_bucket', arm: ARM },
    });
    await poll.settle();
    expect(poll.last?.code).toBeUndefined();
    // A new build of v2, with other bounds.
    gateway.remove(bucket('v2', '250'));
    gateway.set(bucket('v2', '500'), 10);
    await poll.until(() => poll.last?.code !== undefined);
    expect(poll.last).toMatchObject({ code: 'BOUNDS_DIFFER', windows: [] });
  });

  meanwhile('many series: what a selector finds is added up, each difference before the sum', async () => {
    const series = (version: string, path: number): string => `wide{version="${version}",path="/${path}"}`;
    for (const version of ['v1', 'v2'])
      for (let i = 0; i < 200; i += 1) pod.set(series(version, i), 1_000 + i);
    await known('wide');
    const poll = new PrometheusPoll(prometheus.url, failuresOf('wide'));
    await poll.settle();
    await poll.settle();
    // One in ten restarts from 0: taken together the sum would fall.
    for (const version of ['v1', 'v2'])
      for (let i = 0; i < 200; i += 1)
        if (i % 10 === 0) pod.set(series(version, i), 3);
        else pod.add(series(version, i), 1);
    await poll.settle();
    await poll.settle();
    expect([poll.told('new'), poll.told('control')]).toEqual(['0/240', '0/240']);
  });

  meanwhile(
    'times: an exporter that gives one time again and again tells nothing new, and no window twice',
    async () => {
      const stamp = Date.now();
      const stuck = (version: string): string => requestsOf('stuck', version);
      for (const version of ['v1', 'v2']) pod.set(stuck(version), 100, stamp);
      await known('stuck');
      const poll = new PrometheusPoll(prometheus.url, failuresOf('stuck'));
      for (let i = 0; i < 8; i += 1) {
        pod.add(stuck('v2'), 50, stamp);
        await sleep(300);
        await poll.once();
      }
      expect(poll.windows).toEqual([]);
    },
  );

  meanwhile('times: samples that are yet to come wait until their time has come', async () => {
    const counter = 'ahead';
    let value = 100;
    const tell = (): void => {
      value += 10;
      for (const version of ['v1', 'v2']) pod.set(requestsOf(counter, version), value, Date.now() + 300_000);
    };
    tell();
    const timer = setInterval(tell, 500);
    await sleep(2 * SCRAPE);
    const poll = new PrometheusPoll(prometheus.url, failuresOf(counter));
    for (let i = 0; i < 10; i += 1) {
      await sleep(300);
      await poll.once();
      expect(poll.last?.code).toBeUndefined();
    }
    clearInterval(timer);
    expect(poll.windows).toEqual([]);
  });

  meanwhile('spans: a guard that looks at less than its scrapes tell is SPAN_TOO_SHORT', async () => {
    // What stands for scrapes every 15 s are samples with times of their own.
    const counter = 'rare';
    const at = Date.now();
    for (let i = 8; i >= 0; i -= 1) {
      for (const version of ['v1', 'v2'])
        pod.set(requestsOf(counter, version), 1_000 - 10 * i, at - 15_000 * i);
      await sleep(1.2 * SCRAPE);
    }
    const burn = { slo: 0.99, pairs: [{ long: 60, short: 10, rate: 10 }] };
    const poll = new PrometheusPoll(
      prometheus.url,
      { ...failuresOf(counter), margin: null, kind: 'burn', burn },
      at - 50_000,
    );
    await poll.until(() => poll.windows.length > 0);
    const { guard } = poll.subject;
    const { record } = judge({
      guard,
      record: freshRecord(1, at - 50_000),
      reading: { ...(poll.last as MetricReading), windows: poll.windows },
      situation: {
        now: Date.now(),
        combined: ALONE,
        comparable: true,
        plan: { plannedEnd: at + 3_600_000, paused: false, endless: false },
        step: { startedAt: 0, holdMs: 60_000 },
      },
    });
    expect(record).toMatchObject({ state: 'blind', troubleCode: 'SPAN_TOO_SHORT' });
  });
});
