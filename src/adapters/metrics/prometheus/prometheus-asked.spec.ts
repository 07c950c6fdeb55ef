import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { Exporter } from '../../../../test/support/exporter.js';
import { PrometheusFront } from '../../../../test/support/prometheus-front.js';
import { startPrometheus } from '../../../../test/support/prometheus.js';
import { Stage } from '../../../../test/support/stage.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { guardSchema } from '../../../domain/guard.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';

const SERVICES = Array.from({ length: 40 }, (_, i) => `service-${i}`);
const SCRAPE = 5;

/** A guard of one service on the counter of all of them. */
function requestOf(
  service: string,
  watermark: number,
  since: number,
  bad = 'answers{code="500"}',
): MetricRequest {
  const arm = { label: 'upstream', new: `${service}-v2`, control: `${service}-v1` };
  const query = { bad, total: 'answers', arm };
  const guard = guardSchema.parse({ key: `errors-${service}`, source: 'prometheus', query, margin: 2 });
  const arms = { new: 'v2', control: 'v1' };
  return {
    subject: { environment: 'production', guard, arms, route: null, rule: null },
    watermark,
    since,
  };
}

describe('guards that share what they ask', () => {
  it(
    'ask once for all, and only when something can have been scraped since; one that could not take its windows in gets them again',
    () =>
      Stage.play(async (stage) => {
        const exporter = stage.keep(await Exporter.start(), (one) => one.gone());
        const started = startPrometheus([exporter.target], SCRAPE);
        const prometheus = stage.keep(await started, (one) => one.stop());
        const front = stage.keep(await new PrometheusFront(prometheus.url).start(), (one) => one.stop());
        const serve = (): void => {
          for (const service of SERVICES) {
            exporter.add(`answers{upstream="${service}-v1",code="200"}`, 9);
            exporter.add(`answers{upstream="${service}-v2",code="200"}`, 1);
          }
        };
        const traffic = setInterval(serve, 100);
        stage.keep(traffic, clearInterval);
        const source = new PrometheusMetricSource({ url: front.url });
        const since = Date.now();
        const watermarks = new Map(SERVICES.map((service) => [service, since]));
        const look = async (): Promise<readonly MetricReading[]> => {
          const requests = SERVICES.map((name) => requestOf(name, watermarks.get(name) ?? since, since));
          return source.read(requests, Date.now());
        };
        let readings = await look();
        const ends: number[] = [];
        let forgotten: MetricReading['windows'] = [];
        for (const until = Date.now() + 60_000; ends.length < 2 && Date.now() < until;) {
          const before = front.seen.length;
          readings = await look();
          const [first] = readings;
          if (first === undefined || first.windows.length === 0) {
            await sleep(100);
            continue;
          }
          expect(front.seen.length - before).toBe(1);
          for (const reading of readings) expect(reading.windows).toMatchObject(first.windows);
          ends.push(...first.windows.map(({ to }) => to));
          SERVICES.forEach((name, i) => watermarks.set(name, readings[i]?.watermark ?? since));
          forgotten = first.windows;
        }
        expect(ends.length).toBeGreaterThanOrEqual(2);
        // Nobody asks right after a scrape was read, unless a guard is left behind.
        const asked = front.seen.length;
        for (const reading of await look()) expect(reading).toMatchObject({ windows: [], unknown: null });
        expect(front.seen.length).toBe(asked);
        watermarks.set('service-7', forgotten[0]?.from ?? since);
        const again = await look();
        expect(front.seen.length).toBe(asked + 1);
        expect(again[7]?.windows[0]).toEqual(forgotten[0]);
      }),
    120_000,
  );

  it(
    'count each its own failures, though both are of the same total',
    () =>
      Stage.play(async (stage) => {
        const exporter = stage.keep(await Exporter.start(), (one) => one.gone());
        const prometheus = stage.keep(await startPrometheus([exporter.target]), (one) => one.stop());
        const traffic = setInterval(() => {
          exporter.add('answers{upstream="service-0-v1",code="200"}', 9);
          exporter.add('answers{upstream="service-0-v2",code="404"}', 1);
        }, 50);
        stage.keep(traffic, clearInterval);
        const source = new PrometheusMetricSource({ url: prometheus.url });
        const since = Date.now();
        const requests = ['answers{code="404"}', 'answers{code="500"}'].map((bad) =>
          requestOf('service-0', since, since, bad),
        );
        await eventually(async () => {
          const [missing, failed] = await source.read(requests, Date.now());
          const ofNew = missing?.windows[0]?.new ?? null;
          expect(ofNew?.total).toBeGreaterThan(0);
          expect(ofNew?.bad).toBe(ofNew?.total);
          expect(failed?.windows[0]?.new).toEqual({ ...ofNew, bad: 0 });
        }, 30_000);
      }),
    60_000,
  );
});
