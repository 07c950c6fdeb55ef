import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { guardSchema } from '../../../domain/guard.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { PrometheusMetricSource } from './prometheus-metric-source.js';

const NOW = 1_700_000_000_000;
const SINCE = NOW - 60_000;

let server: Server;
let source: PrometheusMetricSource;
let slow: Map<string, ServerResponse>;
let asked: string[];

beforeEach(async () => {
  slow = new Map();
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const query = new URLSearchParams(body).get('query')?.replace(/\[.*/, '') ?? '';
      asked.push(query);
      if (query.startsWith('slow')) slow.set(query, response);
      else answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  source = new PrometheusMetricSource({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

/** Both arms, scraped each second, with one request more at each scrape. */
function answer(response: ServerResponse): void {
  const values = Array.from({ length: 40 }, (_, n) => [NOW / 1_000 - 40 + n, `${n}`]);
  const result = ['v1', 'v2'].map((version) => ({ metric: { instance: 'a', version }, values }));
  response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
}

function requestFor(metric: string, bad = `${metric}_bad`, environment = 'production'): MetricRequest {
  const query = { bad, total: metric, arm: { label: 'version', new: 'v2', control: 'v1' } };
  const guard = guardSchema.parse({ key: 'g', source: 'prometheus', query, margin: 2 });
  const subject = { environment, guard, arms: { new: 'v2', control: 'v1' }, route: null, rule: null };
  return { subject, watermark: SINCE, since: SINCE };
}

async function read(
  requests: readonly MetricRequest[],
): Promise<{ readings: readonly MetricReading[]; took: number }> {
  const began = Date.now();
  const readings = await source.read(requests, NOW);
  return { readings, took: Date.now() - began };
}

describe('a selector that Prometheus takes long over', () => {
  it('holds up no guard of another, however many there are', async () => {
    const requests = [...Array.from({ length: 17 }, (_, n) => requestFor(`slow_${n}`)), requestFor('quick')];
    const answered: number[] = [];
    for (let look = 0; look < 3; look += 1) {
      const { readings, took } = await read(requests);
      expect(took).toBeLessThan(4_000);
      answered.push(readings.at(-1)?.windows.length ?? 0);
      expect(readings[0]).toMatchObject({ windows: [], watermark: SINCE, unknown: null });
    }
    expect(Math.max(...answered)).toBeGreaterThan(10);
  }, 20_000);

  it('holds up no guard that shares the total with one whose failures are slow to count', async () => {
    const { readings } = await read([requestFor('shared', 'slow_bad'), requestFor('shared', 'quick_bad')]);
    expect(readings.map(({ windows }) => windows.length > 10)).toEqual([false, true]);
    expect(asked.filter((query) => query === 'shared')).toHaveLength(1);
  });

  it('is asked once at a time, and its answer counts when it comes', async () => {
    const requests = [requestFor('slow_total', 'quick_bad')];
    await read(requests);
    await read(requests);
    expect(asked).toEqual(['slow_total']);
    answer(slow.get('slow_total') as ServerResponse);
    let windows = 0;
    for (const deadline = Date.now() + 4_000; windows === 0 && Date.now() < deadline;) {
      windows = (await read(requests)).readings[0]?.windows.length ?? 0;
      await sleep(50);
    }
    expect(windows).toBeGreaterThan(10);
    expect(asked.slice(0, 2)).toEqual(['slow_total', 'quick_bad']);
  }, 20_000);

  it('is trouble when the answer fails, and still while it is asked again', async () => {
    const requests = [requestFor('slow_total')];
    await read(requests);
    slow.get('slow_total')?.writeHead(503).end('{}');
    let unknown: string | null = null;
    for (const deadline = Date.now() + 4_000; unknown === null && Date.now() < deadline;) {
      unknown = (await read(requests)).readings[0]?.unknown ?? null;
      await sleep(50);
    }
    expect(unknown).toContain('503');
    const { readings } = await read(requests);
    expect(readings[0]).toMatchObject({ unknown, windows: [] });
  }, 20_000);

  it('answers each environment that asks the same', async () => {
    const both = await Promise.all(
      ['staging', 'production'].map((environment) => read([requestFor('quick', 'quick_bad', environment)])),
    );
    for (const { readings } of both) expect(readings[0]?.windows.length).toBeGreaterThan(10);
  });
});
