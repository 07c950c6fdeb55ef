import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Exporter } from '../../../../test/support/exporter.js';
import { PrometheusFront } from '../../../../test/support/prometheus-front.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { type GuardInput, guardSchema } from '../../../domain/guard.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';

const QUERY = {
  bad: 'answers{code="500"}',
  total: 'answers',
  arm: { label: 'version', new: 'v2', control: 'v1' },
};

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
  it('is one query for each metric of a template, however many guards and routes it is for', async () => {
    const source = new PrometheusMetricSource({ url: front.url });
    const requests = Array.from({ length: 40 }, (_, i) => [
      requestFor({ key: `errors-${i}`, template: 'istio', margin: 1 + i / 10 }, `shop-${i % 8}`),
      requestFor({ key: `slow-${i}`, template: 'istio', kind: 'latency' }, `shop-${i % 8}`),
      requestFor({ key: `own-${i}`, query: QUERY, margin: 1 + i / 10 }),
    ]).flat();
    for (let look = 1; look <= 3; look += 1) {
      const before = front.queries.length;
      await source.read(requests, Date.now());
      // Requests, buckets, and a query of their own; a look that finds the last one unanswered asks nothing.
      expect(front.queries.slice(before).length).toBeLessThanOrEqual(3);
      await eventually(() => expect(front.queries.length).toBeGreaterThanOrEqual(3));
    }
    expect(new Set(front.queries).size).toBe(3);
  });

  it('is never more at a time than the settings allow', async () => {
    const source = new PrometheusMetricSource({ url: front.url, connections: 2 });
    const requests = Array.from({ length: 24 }, (_, i) => {
      return requestFor({ query: { ...QUERY, bad: `bad_${i}`, total: `all_${i}` } });
    });
    let answered = 0;
    front.treat = (body, response) => {
      setTimeout(() => {
        response.end(JSON.stringify(body));
        answered += 1;
      }, 60);
    };
    await source.read(requests, Date.now());
    await eventually(() => expect(answered).toBe(48), 20_000);
    expect(new Set(front.queries).size).toBe(48);
    expect(front.busiest).toBe(2);
  }, 30_000);
});
