import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { OtlpMetricSource } from '../../src/adapters/metrics/otlp/otlp-metric-source.js';
import type { ArmCounts } from '../../src/domain/guard/reading.js';
import { guardSchema } from '../../src/domain/guard.js';
import { Store } from '../../src/ports/store.js';
import { ENVIRONMENT, ROUTE } from '../support/api-samples.js';
import { PushedShop } from '../support/pushed-shop.js';
import { pushing, type PushingPod } from '../support/pushing-pod.js';

let shop: PushedShop;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  shop = await PushedShop.start();
  for (const kind of ['server', 'client'] as const) {
    const made = await shop.api.do('createToken', { key: `a-${kind}`, kind, environments: [ENVIRONMENT] });
    tokens[kind] = String(made['secret']);
  }
  tokens['admin'] = shop.app.token;
  await shop.guard('failures');
}, 60_000);

afterAll(() => shop?.stop());

interface Sums {
  readonly bad: number;
  readonly total: number;
  /** Slower than half a second. */
  readonly slow: number;
  /** What they took in all. */
  readonly seconds: number;
}

/** Reads windows as the watcher does, each from where the last one ended, and adds them up. */
class Polled {
  fresh: Sums = { bad: 0, total: 0, slow: 0, seconds: 0 };
  control: Sums = { bad: 0, total: 0, slow: 0, seconds: 0 };
  readonly #source: OtlpMetricSource;
  readonly #since = Date.now();
  #watermark = this.#since;

  constructor(store: Store) {
    this.#source = new OtlpMetricSource(store);
  }

  /** Lets every pod push once a second, until the sums pass and what was pushed before has been read. */
  async until(pods: readonly PushingPod[], passes: (sums: Polled) => boolean): Promise<void> {
    const begun = Date.now();
    while (!passes(this) || this.#watermark < begun) {
      if (Date.now() > begun + 40_000) throw new Error(`not reached: ${JSON.stringify(this)}`);
      await Promise.all(pods.map((one) => one.push()));
      await sleep(1_000);
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    const parsed = guardSchema.parse({
      key: 'g',
      source: 'otlp',
      template: 'httpServer',
      kind: 'latency',
      margin: 2,
    });
    const subject = {
      environment: ENVIRONMENT,
      guard: parsed,
      arms: { new: 'v2', control: 'v1' },
      route: { key: ROUTE.key, service: ROUTE.service, port: 80 },
      rule: null,
    };
    const request = { subject, watermark: this.#watermark, since: this.#since };
    const [reading] = await this.#source.read([request], Date.now());
    expect(reading?.unknown).toBeNull();
    this.#watermark = reading?.watermark ?? this.#watermark;
    for (const window of reading?.windows ?? []) {
      this.fresh = added(this.fresh, window.new);
      this.control = added(this.control, window.control);
    }
  }
}

function added(sums: Sums, arm: ArmCounts | null): Sums {
  if (arm === null) return sums;
  const [, , slow = 0, slowest = 0] = arm.buckets ?? [];
  return {
    bad: sums.bad + arm.bad,
    total: sums.total + arm.total,
    slow: sums.slow + slow + slowest,
    seconds: sums.seconds + (arm.sum ?? 0),
  };
}

const post = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${shop.app.url}/otlp/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${shop.token}`, ...headers },
    body: body as RequestInit['body'],
  });

describe('metrics that the SDK of OpenTelemetry pushes', () => {
  it('are counted once each, whatever their form', async () => {
    const pods = [
      shop.pod('old', 'v1', { encoding: 'json', temporality: 'cumulative' }),
      shop.pod('new', 'v2', { encoding: 'protobuf', temporality: 'cumulative' }),
      shop.pod('newer', 'v2', { encoding: 'protobuf', temporality: 'delta' }),
    ];
    const polled = new Polled(shop.app.service.app.get(Store));
    for (const one of pods) one.serve(1);
    await polled.until(pods, ({ control }) => control.total > 0);
    for (const one of pods) one.serve(200);
    pods[1]?.serve(30, 503);
    pods[2]?.serve(12, 500);
    await polled.until(pods, (sums) => sums.fresh.total >= 444 && sums.control.total >= 201);
    await polled.until(pods, () => true);
    expect([polled.fresh, polled.control]).toMatchObject([
      { bad: 42, total: 444, slow: 0 },
      { bad: 0, total: 201, slow: 0 },
    ]);
    for (const one of pods) one.serve(10, 200, 0.7);
    await polled.until(pods, (sums) => sums.fresh.slow >= 20 && sums.control.slow >= 10);
    expect([polled.fresh.slow, polled.control.slow]).toEqual([20, 10]);
    // What a guard on their mean goes by: 444 and 201 of 50 ms, then 20 and 10 of 700.
    expect(polled.fresh.seconds).toBeCloseTo(444 * 0.05 + 20 * 0.7, 5);
    expect(polled.control.seconds).toBeCloseTo(201 * 0.05 + 10 * 0.7, 5);
    await Promise.all(pods.map((one) => one.stop()));
  }, 120_000);

  it('trip a guard on times where a version is slow, and none where both are', async () => {
    const latency = { kind: 'latency', latency: { bounds: [0.5] }, margin: 1.2, phi: 1, action: 'tell' };
    await shop.guard('slow', latency);
    await shop.guard('slowest', { ...latency, latency: { bounds: [1] } });
    const pods = [
      shop.pod('quick', 'v1', { encoding: 'json', temporality: 'cumulative' }),
      shop.pod('slow', 'v2', { encoding: 'protobuf', temporality: 'delta' }),
    ];
    const serve = (): void => {
      for (const [one, share] of [
        [pods[0], 0.05],
        [pods[1], 0.4],
      ] as const) {
        one?.serve(100 * (1 - share), 200, 0.05);
        one?.serve(100 * share, 200, 0.7);
        one?.serve(2, 200, 3);
      }
    };
    await pushing(pods, serve, async () =>
      expect(await shop.recordOf('slow')).toMatchObject({ state: 'tripped' }),
    );
    // It saw the same requests, two of 102 of either version slower than its bound.
    await pushing(pods, serve, async () => {
      const slowest = await shop.recordOf('slowest');
      expect(slowest).toMatchObject({ state: 'ok', trippedAt: null });
      expect(slowest?.windows).toBeGreaterThanOrEqual((await shop.recordOf('slow'))?.windows ?? Infinity);
    });
    await Promise.all(pods.map((one) => one.stop()));
  }, 180_000);

  it('close the route of a version that fails', async () => {
    await shop.guard('closes', { action: 'disable' });
    const pods = [
      shop.pod('steady', 'v1', { encoding: 'protobuf', temporality: 'cumulative' }),
      shop.pod('failing', 'v2', { encoding: 'json', temporality: 'delta' }),
    ];
    const serve = (): void => {
      for (const one of pods) one.serve(30);
      pods[1]?.serve(30, 500);
    };
    await pushing(pods, serve, async () => expect(await shop.closed()).toBe('v1'));
    const record = await shop.recordOf('closes');
    expect(record).toMatchObject({ state: 'tripped' });
    expect(record?.newBad).toBeGreaterThanOrEqual(30);
    await Promise.all(pods.map((one) => one.stop()));
  }, 120_000);
});

describe('who may push, and what', () => {
  it.each([
    ['nobody', undefined, 401],
    ['an unknown token', 'tg_metrics_unknown', 401],
    ['a server token', 'server', 403],
    ['a client token', 'client', 403],
    ['an admin token', 'admin', 403],
  ])('%s is told %s', async (_, who, status) => {
    const authorization = who === undefined ? '' : `Bearer ${tokens[who] ?? who}`;
    expect((await post('{}', { authorization })).status).toBe(status);
  });

  it('a metrics token can do nothing else', async () => {
    const headers = { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' };
    const asked = { method: 'POST', headers, body: '{}' };
    expect((await fetch(`${shop.app.url}/ofrep/v1/evaluate/flags`, asked)).status).toBe(403);
    expect((await fetch(`${shop.app.url}/api/v1/events`, asked)).status).toBe(403);
    expect((await fetch(`${shop.app.url}/api/v1/snapshot`, { headers })).status).toBe(403);
    expect((await shop.api.as(shop.token).call('environments')).status).toBe(403);
  });

  it.each<[string, string | Uint8Array, Record<string, string>, number]>([
    ['no JSON', '{', {}, 400],
    ['JSON of another form', '{"resourceMetrics":1}', {}, 400],
    ['bytes that are no protobuf', '\u0007\u0007\u0007', { 'content-type': 'application/x-protobuf' }, 400],
    ['another type', '{}', { 'content-type': 'text/plain' }, 415],
    ['gzip that is none', '{}', { 'content-encoding': 'gzip' }, 400],
    ['a packing that nobody knows', '{}', { 'content-encoding': 'br' }, 400],
    ['a body that is too large', new Uint8Array(4 * 1024 * 1024 + 1), {}, 413],
    [
      'a small body that unpacks to a large one',
      gzipSync(Buffer.alloc(17 * 1024 * 1024)),
      { 'content-encoding': 'gzip' },
      413,
    ],
  ])('%s is refused', async (_, body, headers, status) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
  });

  it('another method is refused, and a packed body is read', async () => {
    const headers = { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' };
    expect((await fetch(`${shop.app.url}/otlp/v1/metrics`, { headers })).status).toBe(405);
    const packed = await post(gzipSync('{"resourceMetrics":[]}'), { 'content-encoding': 'gzip' });
    expect([packed.status, await packed.text()]).toEqual([200, '{}']);
  });

  const now = String(BigInt(Date.now()) * 1_000_000n);
  const far = String(BigInt(Date.now() + 3_600_000) * 1_000_000n);
  const histogram = (more: object): object => ({
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [{ timeUnixNano: now, startTimeUnixNano: now, count: '3', ...more }],
    },
  });
  it.each<[string, object, string]>([
    ['an exponential histogram', { exponentialHistogram: { dataPoints: [{}] } }, 'export explicit bounds'],
    ['a gauge', { gauge: { dataPoints: [{}] } }, 'no gauge or summary'],
    ['a time of the future', histogram({ timeUnixNano: far }), 'ahead of our clock'],
    [
      'buckets without their bounds',
      histogram({ bucketCounts: ['1', '2'], explicitBounds: [] }),
      'one bucket more',
    ],
    [
      'bounds that fall',
      histogram({ bucketCounts: ['1', '1', '1'], explicitBounds: [2, 1] }),
      'rise and are finite',
    ],
    ['a count below 0', histogram({ count: '-3' }), 'from 0 on'],
    ['a count that is none', histogram({ count: 'NaN' }), 'from 0 on'],
    [
      'a sum that may fall',
      { sum: { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: now, asInt: '3' }] } },
      'only rise',
    ],
    [
      'a sum of no temporality',
      { sum: { isMonotonic: true, dataPoints: [{ timeUnixNano: now, asInt: '3' }] } },
      'neither delta nor cumulative',
    ],
  ])('%s is told as a partial success, in words', async (_, data, words) => {
    const metric = { name: 'http.server.request.duration', ...data };
    const attributes = [{ key: 'service.name', value: { stringValue: 'checkout' } }];
    const response = await post(
      JSON.stringify({
        resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics: [metric] }] }],
      }),
    );
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: expect.stringContaining(words) },
    });
  });

  it('what no guard reads is left out without a word', async () => {
    const metric = { name: 'other', gauge: { dataPoints: [{}] } };
    const response = await post(
      JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }),
    );
    expect([response.status, await response.text()]).toEqual([200, '{}']);
  });
});
