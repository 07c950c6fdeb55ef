import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter } from '../../../../test/support/exporter.js';
import { startPrometheus, type TestPrometheus } from '../../../../test/support/prometheus.js';
import type { MetricWindow } from '../../../domain/guard/reading.js';
import { type GuardInput, guardSchema } from '../../../domain/guard.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';

const HOST = 'checkout.shop.svc.cluster.local';
type Series = readonly (readonly [series: string, rise: number])[];

/** A histogram in the exposition format, cumulative as there: bounds with how many rose up to each, the last of +Inf. */
function histogram(metric: string, labels: string, rises: Readonly<Record<string, number>>): Series {
  return Object.entries(rises).map(([le, rise]) => [`${metric}_bucket{${labels},le="${le}"}`, rise] as const);
}

/** As linkerd2-proxy's labels stand in Prometheus by the configuration of linkerd-viz. */
const linkerdOut = (version: string, more: string): string =>
  `response_total{direction="outbound",authority="${HOST}:80",target_addr="10.42.1.24:8080",target_ip="10.42.1.24",target_port="8080",tls="true",dst_deployment="checkout-${version}",dst_namespace="shop",dst_pod="checkout-${version}-5d9",dst_service="checkout",dst_serviceaccount="default",${more}}`;
const linkerdIn = (version: string): string =>
  `direction="inbound",authority="${HOST}:80",target_port="8080",tls="true",status_code="200",namespace="shop",app="checkout",version="${version}"`;
/** As NGINX' agent tells peers of NGINX Plus. */
const nginx = (version: string, range: string): string =>
  `nginx_http_upstream_peer_responses_total{nginx_zone_name="shop_checkout-${version}_80",nginx_upstream_name="shop_checkout-${version}_80",nginx_peer_address="10.0.0.41:8084",nginx_peer_name="10.0.0.41:8084",nginx_status_range="${range}"}`;
/** As OpenTelemetry's Prometheus exporter spells the HTTP server conventions. */
const server = (version: string, code: number): string =>
  `otel_scope_name="http",http_request_method="GET",http_response_status_code="${code}",http_route="/buy",network_protocol_version="1.1",url_scheme="http",service_name="checkout",service_version="${version}"`;
const serverCount = (version: string, code: number): string =>
  `http_server_request_duration_seconds_count{${server(version, code)}}`;
/** As istio-proxy tells on either side. */
const istio = (reporter: string, version: string, code: number): string =>
  `reporter="${reporter}",source_workload="gateway",source_workload_namespace="istio-system",destination_workload="checkout-${version}",destination_workload_namespace="shop",destination_app="checkout",destination_version="${version}",destination_service="${HOST}",destination_service_name="checkout",destination_service_namespace="shop",request_protocol="http",response_code="${code}",grpc_response_status="",response_flags="-",connection_security_policy="mutual_tls"`;

interface Case {
  readonly template: NonNullable<GuardInput['template']>;
  readonly kind: 'ratio' | 'latency';
  readonly series: Series;
  /** What each arm had, in all: new, control. */
  readonly told: readonly [object, object];
  readonly bounds?: readonly number[];
}

const failures = [
  { bad: 3, total: 30 },
  { bad: 0, total: 100 },
] as const;
const LINKERD = { '1': 2, '10': 6, '50': 9, '+Inf': 10 };
const SECONDS = { '0.005': 1, '0.1': 4, '1': 9, '+Inf': 10 };

const CASES: readonly Case[] = [
  {
    template: 'linkerd',
    kind: 'ratio',
    series: [
      [linkerdOut('v2', 'classification="success",status_code="200"'), 27],
      [linkerdOut('v2', 'classification="failure",status_code="503",error="unexpected"'), 3],
      [linkerdOut('v1', 'classification="success",status_code="200"'), 100],
    ],
    told: failures,
  },
  {
    template: 'linkerd',
    kind: 'latency',
    series: [
      ...histogram('response_latency_ms', linkerdIn('v2'), LINKERD),
      ...histogram('response_latency_ms', linkerdIn('v1'), LINKERD),
    ],
    told: [{ buckets: [2, 4, 3, 1] }, { buckets: [2, 4, 3, 1] }],
    bounds: [1, 10, 50],
  },
  {
    template: 'nginxGateway',
    kind: 'ratio',
    series: [
      [nginx('v2', '2xx'), 20],
      [nginx('v2', '4xx'), 7],
      [nginx('v2', '5xx'), 3],
      [nginx('v1', '2xx'), 100],
    ],
    told: failures,
  },
  {
    template: 'httpServer',
    kind: 'ratio',
    series: [
      [serverCount('v2', 200), 27],
      [serverCount('v2', 500), 3],
      [serverCount('v1', 200), 100],
    ],
    told: failures,
  },
  {
    template: 'httpServer',
    kind: 'latency',
    series: [
      ...histogram('http_server_request_duration_seconds', server('v2', 200), SECONDS),
      ...histogram('http_server_request_duration_seconds', server('v1', 200), SECONDS),
    ],
    told: [{ buckets: [1, 3, 5, 1] }, { buckets: [1, 3, 5, 1] }],
    bounds: [0.005, 0.1, 1],
  },
  {
    template: 'istio',
    kind: 'ratio',
    series: [
      [`istio_requests_total{${istio('source', 'v2', 200)}}`, 27],
      [`istio_requests_total{${istio('source', 'v2', 503)}}`, 3],
      [`istio_requests_total{${istio('source', 'v1', 200)}}`, 100],
      // The servers' side of the same requests doesn't count again, and has none of those that never arrived.
      [`istio_requests_total{${istio('destination', 'v2', 200)}}`, 27],
      [`istio_requests_total{${istio('destination', 'v1', 200)}}`, 100],
    ],
    told: failures,
  },
  {
    template: 'istio',
    kind: 'latency',
    series: [
      ...histogram('istio_request_duration_milliseconds', istio('destination', 'v2', 200), LINKERD),
      ...histogram('istio_request_duration_milliseconds', istio('destination', 'v1', 200), LINKERD),
      ...histogram('istio_request_duration_milliseconds', istio('source', 'v2', 200), { '1': 0, '+Inf': 10 }),
    ],
    told: [{ buckets: [2, 4, 3, 1] }, { buckets: [2, 4, 3, 1] }],
    bounds: [1, 10, 50],
  },
];

let prometheus: TestPrometheus;
let exporter: Exporter;

beforeAll(async () => {
  exporter = await Exporter.start();
  // Each series is there before, so that all it rises by is counted.
  for (const { series } of CASES) for (const [name] of series) exporter.set(name, 5_000);
  prometheus = await startPrometheus([exporter.target]);
}, 60_000);

afterAll(async () => {
  await prometheus?.stop();
  await exporter?.gone();
});

/** Reads as the watcher does until a scrape later than now has been read. */
async function readOn(source: PrometheusMetricSource, one: Case, from: Poll): Promise<Poll> {
  const guard = guardSchema.parse({
    key: 'g',
    kind: one.kind,
    source: 'prometheus',
    template: one.template,
    margin: 2,
  });
  const route = { key: 'checkout', service: HOST, port: 80 };
  const subject = { environment: 'e', guard, arms: { new: 'v2', control: 'v1' }, route, rule: null };
  let { watermark } = from;
  const windows = [...from.windows];
  const begun = Date.now();
  while (watermark <= begun) {
    if (Date.now() > begun + 20_000) throw new Error('no scrape was read');
    await sleep(200);
    const [reading] = await source.read([{ subject, watermark, since: from.since }], Date.now());
    expect(reading?.unknown).toBeNull();
    watermark = reading?.watermark ?? watermark;
    windows.push(...(reading?.windows ?? []));
  }
  return { ...from, watermark, windows };
}

interface Poll {
  readonly since: number;
  readonly watermark: number;
  readonly windows: readonly MetricWindow[];
}

describe('a template on what its product tells', () => {
  let polls: Poll[] = [];

  beforeAll(async () => {
    await sleep(2_500);
    const source = new PrometheusMetricSource({ url: prometheus.url });
    const since = Date.now();
    const begin = { since, watermark: since, windows: [] };
    const begun = await Promise.all(CASES.map((one) => readOn(source, one, begin)));
    for (const { series } of CASES) for (const [name, rise] of series) exporter.add(name, rise);
    const risen = await Promise.all(CASES.map((one, i) => readOn(source, one, begun[i] ?? begin)));
    polls = await Promise.all(CASES.map((one, i) => readOn(source, one, risen[i] ?? begin)));
  }, 90_000);

  it.each(CASES.map((one, i) => [one.template, one.kind, i] as const))('%s, %s', (_, kind, i) => {
    const { told, bounds } = CASES[i] as Case;
    const windows = polls[i]?.windows ?? [];
    for (const [arm, expected] of [
      ['new', told[0]],
      ['control', told[1]],
    ] as const) {
      const counts = windows.map((window) => window[arm]).filter((one) => one !== null);
      if (kind === 'ratio') {
        const bad = counts.reduce((sum, one) => sum + one.bad, 0);
        expect({ bad, total: counts.reduce((sum, one) => sum + one.total, 0) }).toEqual(expected);
      } else {
        const width = (bounds?.length ?? 0) + 1;
        const buckets = Array.from({ length: width }, (__, b) =>
          counts.reduce((sum, one) => sum + (one.buckets?.[b] ?? 0), 0),
        );
        expect({ buckets }).toEqual(expected);
      }
    }
    if (bounds !== undefined) expect(windows.at(-1)?.bounds).toEqual(bounds);
  });
});
