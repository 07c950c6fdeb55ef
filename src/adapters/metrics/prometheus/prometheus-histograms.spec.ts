import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Exporter } from '../../../../test/support/exporter.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import { judgeWindows } from '../../../../test/support/judging.js';
import { freshRecord } from '../../../domain/guard/record.js';
import { ARM, PrometheusPoll, SERVICE } from '../../../../test/support/prometheus-poll.js';

let prometheus: TestPrometheus;
let pod: Exporter;
let gateway: Exporter;

beforeAll(async () => {
  [pod, gateway] = await Promise.all([Exporter.start(), Exporter.start()]);
  // What there is before the guards look first.
  observe(pod, timed('v1'), { '100': 900, '250': 90, '+Inf': 10 });
  observe(pod, timed('v2'), { '100': 0, '250': 0, '+Inf': 0 });
  for (const version of ['v1', 'v2']) {
    observe(gateway, istio(version), { '25': 50, '50': 30, '+Inf': 20 });
    observe(gateway, envoy(version), { '0.5': 5, '1': 5, '+Inf': 5 });
    paid(version, 10, 100);
  }
  prometheus = await startPrometheus([pod.target, gateway.target], 1, beforeTheRebuild());
  const before = new PrometheusPoll(prometheus.url, {
    kind: 'latency',
    query: { buckets: 'took_milliseconds_bucket', arm: ARM },
  });
  await before.settle();
  observe(pod, timed('v1'), { '100': 900, '250': 90, '+Inf': 10 });
  await before.settle();
}, 100_000);

afterAll(async () => {
  await prometheus?.stop();
  await Promise.all([pod?.gone(), gateway?.gone()]);
});

type Name = (part: 'bucket' | 'sum' | 'count', le?: string) => string;
const timed = (version: string): Name => named('took_milliseconds', `version="${version}"`);
const istio = (version: string): Name =>
  named(
    'istio_request_duration_milliseconds',
    `reporter="destination",destination_service="${SERVICE}",destination_version="${version}"`,
  );
const envoy = (version: string): Name =>
  named('envoy_cluster_upstream_rq_time', `cluster_name="outbound|80|tg-${version}|${SERVICE}"`);

function named(metric: string, labels: string): Name {
  return (part, le) => `${metric}_${part}{${labels}${le === undefined ? '' : `,le="${le}"`}}`;
}

/** So many requests more in each bucket, and in those above it, as a histogram counts. */
function observe(exporter: Exporter, name: Name, counts: { readonly [le: string]: number }): void {
  let upTo = 0;
  const bounds = Object.keys(counts).sort((a, b) =>
    a === '+Inf' ? 1 : b === '+Inf' ? -1 : Number(a) - Number(b),
  );
  for (const le of bounds) {
    upTo += counts[le] ?? 0;
    exporter.add(name('bucket', le), upTo);
  }
}

/** Half an hour until ten minutes ago in which the control's histogram had other bounds. */
function beforeTheRebuild(): string {
  const end = Math.floor(Date.now() / 1_000) - 600;
  const lines = ['100', '200', '+Inf'].flatMap((le, i) =>
    Array.from(
      { length: 31 },
      (_, minute) =>
        `rebuilt_milliseconds_bucket{version="v1",le="${le}"} ${minute * 100 * (i + 1)} ${end - (30 - minute) * 60}`,
    ),
  );
  return ['# TYPE rebuilt_milliseconds histogram', ...lines, '# EOF', ''].join('\n');
}

function paid(version: string, count: number, sum: number): void {
  gateway.add(`paid_count{version="${version}"}`, count);
  gateway.add(`paid_sum{version="${version}"}`, sum);
}

describe('the Prometheus source, asked for latency', () => {
  it('delivers all buckets in one query, with their bounds, and what the control did in the hour before', async () => {
    const query = { buckets: 'took_milliseconds_bucket', arm: ARM };
    const poll = new PrometheusPoll(prometheus.url, { kind: 'latency', query });
    await poll.settle();
    observe(pod, timed('v1'), { '100': 90, '250': 9, '+Inf': 1 });
    observe(pod, timed('v2'), { '100': 5, '250': 3, '+Inf': 2 });
    await poll.settle();
    await poll.settle();
    expect(poll.windows.every(({ bounds }) => bounds?.join() === '100,250')).toBe(true);
    expect(poll.buckets('new')).toEqual([5, 3, 2]);
    expect(poll.buckets('control')).toEqual([90, 9, 1]);
    expect(poll.earlier?.bounds).toEqual([100, 250]);
    const [fast = 0, slower = 0] = poll.earlier?.control ?? [];
    expect(slower / fast).toBeCloseTo(0.1, 5);
  }, 100_000);

  it.each<
    ['istio' | 'envoy', (version: string) => Name, { readonly [le: string]: number }, readonly number[]]
  >([
    ['istio', istio, { '25': 6, '50': 3, '+Inf': 1 }, [25, 50]],
    ['envoy', envoy, { '0.5': 6, '1': 3, '+Inf': 1 }, [0.5, 1]],
  ])(
    'by the template %s reads the real bounds',
    async (template, name, counts, bounds) => {
      const poll = new PrometheusPoll(prometheus.url, { kind: 'latency', template });
      await poll.settle();
      observe(gateway, name('v2'), counts);
      await poll.until(() => poll.buckets('new').join() === '6,3,1');
      expect(poll.windows.at(-1)?.bounds).toEqual(bounds);
    },
    100_000,
  );

  it('lets a guard begin though the bounds of the hour before are gone', async () => {
    const asked = { kind: 'latency', query: { buckets: 'rebuilt_milliseconds_bucket', arm: ARM } } as const;
    const rebuilt = (version: string): Name => named('rebuilt_milliseconds', `version="${version}"`);
    for (const version of ['v1', 'v2']) observe(pod, rebuilt(version), { '100': 0, '250': 0, '+Inf': 0 });
    const poll = new PrometheusPoll(prometheus.url, asked);
    await poll.settle();
    observe(pod, rebuilt('v1'), { '100': 900, '250': 90, '+Inf': 10 });
    observe(pod, rebuilt('v2'), { '100': 90, '250': 9, '+Inf': 1 });
    await poll.until(() => poll.buckets('control').join() === '900,90,10');
    observe(pod, rebuilt('v1'), { '100': 900, '250': 90, '+Inf': 10 });
    observe(pod, rebuilt('v2'), { '100': 10, '250': 90, '+Inf': 0 });
    await poll.until(() => poll.buckets('control').join() === '1800,180,20');
    const { earlier, windows } = poll;
    expect(earlier?.bounds).toContain(200);
    const { record } = judgeWindows(windows, {
      guard: { template: null, margin: 1.1, phi: 1, ...asked },
      record: freshRecord(1, windows[0]?.from ?? 0),
      reading: { ...(earlier && { earlier }) },
    });
    expect(record).toMatchObject({ state: 'tripped', troubleCode: undefined });
    expect(record.memory).toMatchObject({ watched: [{ bound: 100 }, { bound: 250 }] });
  }, 100_000);

  it('knows nothing where a pod brings other bounds, and says which', async () => {
    const query = { buckets: 'odd_bucket', arm: ARM };
    observe(gateway, named('odd', 'version="v1"'), { '100': 5, '+Inf': 5 });
    observe(pod, named('odd', 'version="v2"'), { '200': 5, '+Inf': 5 });
    const poll = new PrometheusPoll(prometheus.url, { kind: 'latency', query });
    await poll.until(() => typeof poll.last?.unknown === 'string');
    expect(poll.last?.unknown).toMatch(/has the bounds .* and another .*: they must be the same$/);
    expect(poll.windows).toEqual([]);
  }, 100_000);
});

describe('the Prometheus source, asked for a mean', () => {
  it('delivers how many and their sum', async () => {
    const poll = new PrometheusPoll(prometheus.url, {
      kind: 'mean',
      query: { sum: 'paid_sum', total: 'paid_count', arm: ARM },
    });
    await poll.settle();
    paid('v1', 20, 200);
    paid('v2', 4, 90);
    await poll.settle();
    await poll.settle();
    const sums = (which: 'new' | 'control'): number[] =>
      poll.windows.reduce(
        ([count = 0, sum = 0], window) => [
          count + (window[which]?.total ?? 0),
          sum + (window[which]?.sum ?? 0),
        ],
        [0, 0],
      );
    expect(sums('new')).toEqual([4, 90]);
    expect(sums('control')).toEqual([20, 200]);
  }, 100_000);
});
