import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { pastTraffic } from '../../../../test/support/past-traffic.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import { guardSchema } from '../../../domain/guard.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { PrometheusMetricHistory } from './prometheus-metric-history.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';
import { ScatterLookOut } from './scatter-look-out.js';

const MINUTE = 60_000;
const until = Date.now();
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
let asked = 0;
let lookOut: ScatterLookOut;

beforeAll(async () => {
  const traffic = { until, hours: 3, pods: { v1: 4, v2: 0 }, perScrape: 50, bad: () => 0.05, burst: 8 };
  prometheus = await startPrometheus([], 1, pastTraffic(traffic));
  const server = { url: prometheus.url, timeout: 5_000, connections: 8 };
  const history = new PrometheusMetricHistory(server);
  lookOut = new ScatterLookOut(new PrometheusMetricSource(server), {
    windows: (span) => {
      asked += 1;
      return history.windows(span);
    },
  });
}, 60_000);

afterAll(() => prometheus?.stop());

function read(wanted: Partial<MetricRequest> = {}, now = until): Promise<readonly MetricReading[]> {
  const subject = {
    environment: 'production',
    guard,
    arms: { new: 'v2', control: 'v1' },
    route: null,
    rule: null,
  };
  const request = { subject, watermark: until, since: until, wantsScatter: true, ...wanted };
  return lookOut.read([request], now);
}

/** A machine that stands still lets a question time out: it is asked again two minutes later, and so on. */
async function told(
  wanted: Partial<MetricRequest>,
  check: (scatter: MetricReading['scatter']) => void,
): Promise<void> {
  let now = until;
  await eventually(async () => {
    now += 2 * MINUTE;
    check((await read(wanted, now))[0]?.scatter);
  }, 60_000);
}

describe('a look-out for scatter', () => {
  it('tells how much the control scattered in the two hours before, once it has been asked', async () => {
    asked = 0;
    expect((await read())[0]?.scatter).toBeUndefined();
    await told({}, (scatter) => {
      expect(scatter).toMatchObject({ phi: expect.any(Number) });
      expect(scatter?.phi).toBeGreaterThan(8);
    });
    const before = asked;
    expect((await read({}, until + 60 * MINUTE))[0]?.scatter?.phi).toBeGreaterThan(8);
    expect(asked).toBe(before);
  });

  it('tells nothing to a guard that wants nothing, and forgets it', async () => {
    asked = 0;
    expect((await read({ wantsScatter: false }))[0]?.scatter).toBeUndefined();
    expect(asked).toBe(0);
    await read();
    expect(asked).toBe(1);
  });

  it('says why where there was too little before', async () => {
    await told({ since: until - 170 * MINUTE }, (scatter) =>
      expect(scatter).toEqual({ phi: null, reason: expect.stringContaining('hour') }),
    );
  });

  it('asks a server that does not answer again, and holds up no reading', async () => {
    await prometheus.kill();
    asked = 0;
    const since = until - MINUTE;
    await told({ since }, () => expect(asked).toBeGreaterThan(1));
    await prometheus.start();
    await told({ since }, (scatter) => expect(scatter?.phi).toBeGreaterThan(8));
  });
});
