import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pastTraffic } from '../../../../test/support/past-traffic.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import { guardSchema } from '../../../domain/guard.js';
import type { MetricWindow } from '../../../domain/guard/reading.js';
import type { PastSpan } from '../../../ports/metric-history.js';
import { PrometheusMetricHistory } from './prometheus-metric-history.js';

const HOUR = 3_600_000;
const POD = { perScrape: 50, scrape: 15_000 };
const until = Date.now() - (Date.now() % 1_000);
const guard = guardSchema.parse({
  key: 'errors',
  source: 'prometheus',
  margin: 1.2,
  query: {
    bad: 'requests_total{code="500"}',
    total: 'requests_total',
    arm: { label: 'version', new: 'v2', control: 'v1' },
  },
});

let prometheus: TestPrometheus;
let history: PrometheusMetricHistory;

beforeAll(async () => {
  const traffic = {
    until,
    hours: 3,
    pods: { v1: 20, v2: 4 },
    perScrape: POD.perScrape,
    bad: () => 0.05,
    burst: 1,
  };
  prometheus = await startPrometheus([], 1, pastTraffic(traffic));
  history = new PrometheusMetricHistory({ url: prometheus.url, timeout: 5_000, connections: 8 });
}, 60_000);

afterAll(() => prometheus?.stop());

function windows(parts: PastSpan['parts']) {
  const subject = {
    environment: 'production',
    guard,
    arms: { new: 'v2', control: 'v1' },
    route: null,
    rule: null,
  };
  return history.windows({ subject, from: until - 2.5 * HOUR, to: until, parts });
}

/** Whether each window begins where the one before it ends, and what both parts had in all. */
function joined(found: readonly MetricWindow[]) {
  const gaps = found.slice(1).filter(({ from }, i) => from !== found[i]?.to).length;
  const sum = (part: 'new' | 'control'): number =>
    found.reduce((all, one) => all + (one[part]?.total ?? 0), 0);
  return { gaps, new: sum('new'), control: sum('control') };
}

describe('a past that is read in many small parts', () => {
  it.each<[PastSpan['parts'], number, number]>([
    ['halves', 10, 10],
    ['arms', 4, 20],
  ])(
    'is whole: each request once, window after window, as %s',
    async (parts, fresh, control) => {
      const { windows: found, unknown, windowLength } = await windows(parts);
      expect({ unknown, windowLength }).toEqual({ unknown: null, windowLength: POD.scrape });
      const [first, last] = [found[0], found.at(-1)];
      expect((last?.to ?? 0) - (first?.from ?? 0)).toBeGreaterThan(2.4 * HOUR);
      const perPod = found.length * POD.perScrape;
      expect(joined(found)).toEqual({ gaps: 0, new: fresh * perPod, control: control * perPod });
    },
    90_000,
  );
});
