import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Exporter } from '../../../../test/support/exporter.js';
import { PrometheusFront } from '../../../../test/support/prometheus-front.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { type GuardInput, guardSchema } from '../../../domain/guard.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';

let prometheus: TestPrometheus;
let exporter: Exporter;
let front: PrometheusFront;

beforeAll(async () => {
  exporter = await Exporter.start();
  prometheus = await startPrometheus([exporter.target]);
}, 60_000);

beforeEach(async () => {
  front = await new PrometheusFront(prometheus.url).start();
});

afterEach(() => front.stop());

afterAll(async () => {
  await prometheus?.stop();
  await exporter?.gone();
});

function requestFor(guard: Partial<GuardInput>, service = 'shop'): MetricRequest {
  const parsed = guardSchema.parse({ key: 'g', source: 'prometheus', margin: 2, ...guard });
  const route = { key: service, service: `${service}.demo.svc.cluster.local`, port: 80, versions: {} };
  const arms = { new: 'v2', control: 'v1' };
  const now = Date.now();
  return {
    subject: { environment: 'production', guard: parsed, arms, route, rule: null },
    watermark: now,
    since: now,
  };
}

describe('what a Prometheus is asked in one look', () => {
  it('is one query for each selector, whichever guards share it and however many they are', async () => {
    const source = new PrometheusMetricSource({ url: front.url });
    const requests = Array.from({ length: 40 }, (_, i) => [
      requestFor({ key: `errors-${i}`, template: 'istio', margin: 1 + i / 10 }),
      requestFor({ key: `slow-${i}`, template: 'istio', kind: 'latency', margin: 1 + i / 10 }),
    ]).flat();
    for (let look = 1; look <= 3; look += 1) {
      const before = front.queries.length;
      await source.read(requests, Date.now());
      // Failures and all requests; buckets; a look that finds the last one unanswered asks nothing.
      expect(front.queries.slice(before).length).toBeLessThanOrEqual(3);
      await eventually(() => expect(front.queries.length).toBeGreaterThanOrEqual(3));
    }
    expect(new Set(front.queries).size).toBe(3);
  });

  it('is never more at a time than the settings allow', async () => {
    const source = new PrometheusMetricSource({ url: front.url, connections: 2 });
    const requests = Array.from({ length: 12 }, (_, i) => requestFor({ template: 'istio' }, `shop-${i}`));
    front.treat = (body, response) => void setTimeout(() => response.end(JSON.stringify(body)), 60);
    await source.read(requests, Date.now());
    await eventually(() => expect(new Set(front.queries).size).toBe(24), 20_000);
    expect(front.busiest).toBe(2);
  }, 30_000);
});
