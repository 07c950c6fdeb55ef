import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter } from '../../../../test/support/exporter.js';
import { eventually } from '../../../../test/mesh/testbed/eventually.js';
import { PrometheusFront } from '../../../../test/support/prometheus-front.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { type GuardInput, guardSchema } from '../../../domain/guard.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';

const SERVICES = Array.from({ length: 12 }, (_, i) => `shop-${i}`);
const HOST = (service: string): string => `${service}.demo.svc.cluster.local`;
/** Guards of these names, and what they read. */
const READS = {
  envoy: { template: 'envoy' },
  istio: { template: 'istio' },
  linkerd: { template: 'linkerd' },
  slow: { template: 'istio', kind: 'latency' },
  mean: { template: 'istio', kind: 'mean' },
} as const satisfies Record<string, Partial<GuardInput>>;

let prometheus: TestPrometheus;
let exporter: Exporter;
let front: PrometheusFront;
let traffic: NodeJS.Timeout;
let since: number;

beforeAll(async () => {
  exporter = await Exporter.start();
  serve();
  traffic = setInterval(serve, 100);
  prometheus = await startPrometheus([exporter.target]);
  since = Date.now();
  await eventually(async () => {
    const alone = await readAlone(requestFor('istio', 'shop-0'), Date.now());
    expect(alone?.windows.length).toBeGreaterThan(3);
  }, 60_000);
}, 90_000);

afterAll(async () => {
  clearInterval(traffic);
  await prometheus?.stop();
  await exporter?.gone();
});

beforeEach(async () => {
  front = await new PrometheusFront(prometheus.url).start();
});

afterEach(() => front.stop());

/** Requests of each service, more of a later one, some of them failed. */
function serve(): void {
  for (const [i, service] of SERVICES.entries())
    for (const version of ['v1', 'v2']) {
      for (const ok of [true, false]) {
        const count = ok ? 9 + i : 1;
        const code = ok ? '200' : '503';
        const istio = `destination_service="${HOST(service)}",destination_version="${version}",response_code="${code}"`;
        exporter.add(`istio_requests_total{reporter="source",${istio}}`, count);
        exporter.add(
          `envoy_cluster_upstream_rq{cluster_name="outbound|80|tg-${version}|${HOST(service)}",response_code_class="${ok ? 2 : 5}xx"}`,
          count,
        );
        exporter.add(
          `response_total{direction="outbound",dst_namespace="demo",dst_service="${service}",dst_deployment="${service}-${version}",classification="${ok ? 'success' : 'failure'}"}`,
          count,
        );
      }
      const served = `reporter="destination",destination_service="${HOST(service)}",destination_version="${version}"`;
      const times = 'istio_request_duration_milliseconds';
      exporter.add(`${times}_bucket{${served},le="10"}`, 5 + i);
      exporter.add(`${times}_bucket{${served},le="+Inf"}`, 10 + i);
      exporter.add(`${times}_sum{${served}}`, 100 * (10 + i));
      exporter.add(`${times}_count{${served}}`, 10 + i);
    }
}

function requestFor(name: keyof typeof READS, service: string, watermark = since): MetricRequest {
  const of = { key: `${name}-${service}`, source: 'prometheus', margin: 2, ...READS[name] };
  const route = { key: service, service: HOST(service), port: 80, versions: { v1: {}, v2: {} } };
  const arms = { new: 'v2', control: 'v1' };
  const subject = { environment: 'production', guard: guardSchema.parse(of), arms, route, rule: null };
  return { subject, watermark, since };
}

const packOf = (services: readonly string[]): MetricRequest[] =>
  services.map((service) => requestFor('istio', service));

async function readAlone(request: MetricRequest, now: number): Promise<MetricReading | undefined> {
  const [reading] = await new PrometheusMetricSource({ url: prometheus.url }).read([request], now);
  return reading;
}

/** Looks, as the watcher does, until everyone has an answer: a machine may be too busy for the first look. */
async function answered(
  source: PrometheusMetricSource,
  requests: readonly MetricRequest[],
  now = Date.now(),
): Promise<readonly MetricReading[]> {
  const end = Date.now() + 20_000;
  for (;;) {
    const readings = await source.read(requests, now);
    if (readings.every(({ windows, unknown }) => windows.length > 0 || unknown !== null)) return readings;
    if (Date.now() > end) throw new Error(`unanswered: ${JSON.stringify(readings)}`);
    await sleep(100);
  }
}

describe('guards whose template asks for all their routes together', () => {
  it('read what each would read alone, by one query for each metric', async () => {
    const source = new PrometheusMetricSource({ url: front.url });
    const names = Object.keys(READS) as (keyof typeof READS)[];
    const requests = SERVICES.flatMap((service) => names.map((name) => requestFor(name, service)));
    const now = Date.now();
    const readings = await answered(source, requests, now);
    expect(front.queries).toHaveLength(names.length);
    for (const [i, request] of requests.entries()) {
      const alone = await readAlone(request, now);
      expect(readings[i]).toEqual(alone);
      expect(alone?.windows.length).toBeGreaterThan(2);
      expect(alone?.windows.at(-1)?.new?.total).toBeGreaterThan(0);
    }
  }, 60_000);

  it('miss no window when one joins and one goes', async () => {
    const source = new PrometheusMetricSource({ url: front.url });
    const watermarks = new Map(SERVICES.map((service) => [service, since]));
    const totals = new Map<string, number>();
    const look = async (services: readonly string[]): Promise<number> => {
      const requests = services.map((service) => requestFor('istio', service, watermarks.get(service)));
      const before = front.queries.length;
      const readings = await source.read(requests, Date.now());
      for (const [i, service] of services.entries()) {
        const { windows = [], watermark = since, unknown = null, lost = 0 } = readings[i] ?? {};
        expect([unknown, lost]).toEqual([null, 0]);
        const sum = windows.reduce((all, one) => all + (one.new?.total ?? 0), totals.get(service) ?? 0);
        totals.set(service, sum);
        watermarks.set(service, watermark);
      }
      return front.queries.length - before;
    };
    const [gone = '', ...stay] = SERVICES.slice(0, 8);
    const join = SERVICES.slice(8);
    const goOn = async (services: readonly string[]): Promise<void> => {
      for (let looks = 0; looks < 8; looks += 1) {
        expect(await look(services)).toBeLessThanOrEqual(2);
        await sleep(300);
      }
    };
    await goOn([gone, ...stay]);
    await goOn(stay);
    await goOn([...stay, ...join]);
    for (const service of [...stay, ...join]) {
      const until = watermarks.get(service) ?? 0;
      const alone = await readAlone(requestFor('istio', service), Date.now());
      const upTo = (alone?.windows ?? []).filter(({ to }) => to <= until);
      expect(totals.get(service)).toBe(upTo.reduce((all, one) => all + (one.new?.total ?? 0), 0));
      expect(totals.get(service)).toBeGreaterThan(0);
    }
  }, 60_000);

  it.each<[string, string, (response: Parameters<NonNullable<PrometheusFront['treat']>>[1]) => void]>([
    [
      'is more than an answer may hold',
      'ANSWER_TOO_LARGE',
      (response) => {
        response.end(Buffer.alloc(11 * 1024 * 1024, 32));
      },
    ],
    [
      'would have Prometheus read too much',
      'ERROR_ANSWERED',
      (response) => {
        response.writeHead(422).end('{"status":"error","errorType":"execution","error":"too many samples"}');
      },
    ],
  ])(
    'are blinded by none of them that %s',
    async (_, code, refuse) => {
      // Alone, its name is no pattern.
      const isHuge = (query: string): boolean => /shop-5\\*\./.test(query);
      front.treat = (body, response, query) => {
        if (isHuge(query)) refuse(response);
        else response.end(JSON.stringify(body));
      };
      const source = new PrometheusMetricSource({ url: front.url });
      const readings = await answered(source, packOf(SERVICES));
      for (const [i, service] of SERVICES.entries()) {
        if (service === 'shop-5') expect(readings[i]).toMatchObject({ code, windows: [] });
        else expect(readings[i]).toMatchObject({ unknown: null });
      }
      // 12 → 6 and 6 → 3 and 3 → 1 and 2, or 2 and 1: what was found then is not tried again.
      const before = front.queries.length;
      await answered(source, packOf(SERVICES), Date.now() + 2_000);
      const later = front.queries.slice(before);
      expect(later.filter(isHuge).length).toBeLessThanOrEqual(2);
      expect(later.length).toBeLessThanOrEqual(6);
    },
    60_000,
  );

  it('are not told of another’s values and times that can’t be', async () => {
    front.treat = (body, response) => {
      const { data } = body as {
        data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
      };
      for (const { metric, values } of data.result) {
        const last = values.at(-1);
        if (last === undefined) continue;
        if (metric['destination_service'] === HOST('shop-2')) values.push(last);
        if (metric['destination_service'] === HOST('shop-3')) values[0] = [values[0]?.[0] ?? 0, 'NaN'];
      }
      response.end(JSON.stringify(body));
    };
    const readings = await answered(new PrometheusMetricSource({ url: front.url }), packOf(SERVICES));
    expect(front.queries).toHaveLength(1);
    const codes = SERVICES.map((_, i) => readings[i]?.code ?? null);
    expect(codes).toEqual(
      SERVICES.map((name) => ({ 'shop-2': 'BAD_TIMES', 'shop-3': 'BAD_COUNT' })[name] ?? null),
    );
  }, 60_000);

  it('make none read minutes because one has not read for minutes', async () => {
    const asked: string[] = [];
    front.treat = (body, response, query) => {
      asked.push(query);
      response.end(JSON.stringify(body));
    };
    const source = new PrometheusMetricSource({ url: front.url });
    await answered(source, packOf(SERVICES));
    const now = Date.now();
    await source.read(
      SERVICES.map((name) => requestFor('istio', name, name === 'shop-4' ? now - 500_000 : now - 2_000)),
      now + 2_000,
    );
    const seconds = asked.slice(1).map((query) => Number(/\[(\d+)s\]/.exec(query)?.[1]));
    expect(seconds).toHaveLength(2);
    expect(Math.min(...seconds)).toBeLessThan(60);
    expect(Math.max(...seconds)).toBeGreaterThan(500);
  }, 60_000);
});

describe('guards of more routes than Prometheus can answer for in time', () => {
  const many = Array.from({ length: 80 }, (_, i) => `many-${i}`);

  it('are asked for in smaller packs from then on', async () => {
    front.treat = (body, response, query) => {
      if (query.split('many-').length <= 41) response.end(JSON.stringify(body));
    };
    const source = new PrometheusMetricSource({ url: front.url, timeout: 2_000 });
    const services = [...many, 'shop-1'];
    const end = Date.now() + 30_000;
    const codes: (string | undefined)[] = [];
    for (;;) {
      const readings = await source.read(packOf(services), Date.now());
      const [last] = readings.slice(-1);
      codes.push(last?.code);
      if (last !== undefined && last.windows.length > 0) break;
      if (Date.now() > end) throw new Error(`never answered: ${codes.join()}`);
      await sleep(200);
    }
    expect(codes).toContain('NO_ANSWER');
    expect(new Set(front.queries).size).toBeLessThanOrEqual(4);
  }, 60_000);
});
