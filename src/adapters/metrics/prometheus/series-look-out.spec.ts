import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { Exporter } from '../../../../test/support/exporter.js';
import { PrometheusFront } from '../../../../test/support/prometheus-front.js';
import { startPrometheus } from '../../../../test/support/prometheus.js';
import { Stage } from '../../../../test/support/stage.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { type GuardInput, guardSchema } from '../../../domain/guard.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { PrometheusClient } from './prometheus-client.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';
import { SeriesLookOut } from './series-look-out.js';

const ARM = { label: 'version', new: 'v2', control: 'v1' };
const QUERY = { bad: 'requests{code="500"}', total: 'requests', arm: ARM };
const GUARDS: { readonly [key: string]: Partial<GuardInput> } = {
  fine: { query: QUERY },
  'typo-in-total': { query: { ...QUERY, total: 'requests_totl' } },
  'typo-in-bad': { query: { ...QUERY, bad: 'requests{code="5OO"}' } },
  'bad-without-label': { query: { ...QUERY, bad: 'failures' } },
  'no-label': { query: { ...QUERY, arm: { ...ARM, label: 'versoin' } } },
  'no-arm': { query: { ...QUERY, arm: { ...ARM, new: 'v3' } } },
  'absolute-without-control': {
    query: { ...QUERY, arm: { ...ARM, control: 'v0' } },
    margin: null,
    threshold: 0.1,
  },
  'no-sum': { kind: 'mean', query: { sum: 'took_sum', total: 'requests', arm: ARM } },
  'no-buckets': { kind: 'latency', query: { buckets: 'took_bucket', arm: ARM } },
};
const guards = Object.entries(GUARDS).map(([key, guard]) =>
  guardSchema.parse({ key, source: 'prometheus', margin: 2, ...guard }),
);

function requestsAt(since: number): MetricRequest[] {
  return guards.map((guard) => ({
    subject: {
      environment: 'production',
      guard,
      arms: { new: 'v2', control: 'v1' },
      route: null,
      rule: null,
    },
    watermark: since,
    since,
  }));
}

describe('a look-out for series', () => {
  it(
    'tells of each guard which selectors have none, asks for one at a time, and not again at once',
    () =>
      Stage.play(async (stage) => {
        const exporter = stage.keep(await Exporter.start(), (one) => one.gone());
        for (const version of ['v1', 'v2']) {
          exporter.set(`requests{version="${version}",code="200"}`, 10);
          exporter.set(`requests{version="${version}",code="500"}`, 1);
        }
        exporter.set('failures', 1);
        const started = startPrometheus([exporter.target]);
        const prometheus = stage.keep(await started, (one) => one.stop());
        const front = stage.keep(await new PrometheusFront(prometheus.url).start(), (one) => one.stop());
        const client = new PrometheusClient({ url: front.url });
        const source = new SeriesLookOut(new PrometheusMetricSource({ url: prometheus.url }), client);
        for (let scraped = 0; scraped < 4;) {
          await sleep(200);
          scraped = (await client.values('count(requests)', Date.now()))[0]?.value ?? 0;
        }
        front.seen.length = 0;
        const since = Date.now();
        let readings: readonly MetricReading[] = [];
        for (const until = since + 60_000; Date.now() < until;) {
          readings = await source.read(requestsAt(since), since + 20_000);
          if (readings.every(({ absent }) => absent !== undefined)) break;
          await sleep(20);
        }
        const found = readings.map(({ absent = [] }, i) => [
          guards[i]?.key,
          absent.map(
            ({ selector, missing, values }) => `${selector} ${missing.join()} of ${values?.join() ?? 'none'}`,
          ),
        ]);
        expect(Object.fromEntries(found)).toEqual({
          fine: [],
          'typo-in-total': ['total v2,v1 of none'],
          'typo-in-bad': ['bad v2,v1 of none'],
          'bad-without-label': ['bad v2,v1 of '],
          'no-label': ['total v2,v1 of ', 'bad v2,v1 of '],
          'no-arm': ['total v3 of v1,v2'],
          'absolute-without-control': [],
          'no-sum': ['sum v2,v1 of none'],
          'no-buckets': ['buckets v2,v1 of none'],
        });
        const asked = front.seen.length;
        for (let i = 0; i < 5; i++) await source.read(requestsAt(since), since + 21_000);
        expect(front.seen.length).toBe(asked);
      }),
    90_000,
  );

  it(
    'takes back what it missed as soon as a guard has data',
    () =>
      Stage.play(async (stage) => {
        const exporter = stage.keep(await Exporter.start(), (one) => one.gone());
        const prometheus = stage.keep(await startPrometheus([exporter.target]), (one) => one.stop());
        const client = new PrometheusClient({ url: prometheus.url });
        const source = new SeriesLookOut(new PrometheusMetricSource({ url: prometheus.url }), client);
        const since = Date.now();
        const request = requestsAt(since).slice(0, 1);
        // It looks again after 30 s.
        const read = async (): Promise<MetricReading | undefined> =>
          (await source.read(request, Math.min(Date.now(), since + 25_000)))[0];
        const missed = (reading: MetricReading | undefined): unknown =>
          reading?.absent?.map(({ selector }) => selector);
        await eventually(async () => expect(missed(await read())).toEqual(['total', 'bad']), 20_000, 50);
        for (const version of ['v1', 'v2']) exporter.set(`requests{version="${version}",code="200"}`, 10);
        await eventually(
          async () => {
            const reading = await read();
            expect(reading?.windows.some((window) => window.new && window.control)).toBe(true);
            expect(missed(reading)).toEqual(['bad']);
          },
          20_000,
          50,
        );
      }),
    60_000,
  );
});
