import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrometheusBucketShares } from './prometheus-bucket-shares.js';

const route = { environment: 'production', route: 'check-out' };
const NOW = 1_700_000_300_000;

let answer: { readonly status: string; readonly [field: string]: unknown };
let asked = '';
const server = createServer((request, response) => {
  request.setEncoding('utf8').on('data', (text: string) => (asked += text));
  request.on('end', () => response.end(JSON.stringify(answer)));
});
let shares: PrometheusBucketShares;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  shares = new PrometheusBucketShares({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

/** One counter of a proxy, as it was scraped. */
function counter(bucket: 'with' | 'without', values: readonly number[], proxy = 'gateway') {
  const name = `envoy_vhost_shop_80_route_tg_${bucket}_bucket_ENV_production_ROUTE_check_out_upstream_rq_total`;
  return {
    metric: { __name__: name, instance: proxy },
    values: values.map((value, index) => [1_700_000_000 + 15 * index, String(value)]),
  };
}

const matrix = (result: unknown) => ({ status: 'success', data: { resultType: 'matrix', result } });

describe('the share of requests without a bucket', () => {
  it.each([
    ['of two counters', [counter('with', [10, 10, 85]), counter('without', [3, 28])], 0.25, 100],
    ['where all had one', [counter('with', [0, 40])], 0, 40],
    ['where none had one', [counter('with', [7, 7]), counter('without', [0, 40])], 1, 40],
    [
      'of several proxies, of which one was started anew',
      [counter('with', [100, 130, 10], 'a'), counter('with', [0, 20], 'b'), counter('without', [5, 45], 'b')],
      0.4,
      100,
    ],
  ])('is known %s', async (_, result, share, requests) => {
    answer = matrix(result);
    expect(await shares.of(route, 300, NOW)).toEqual({ share, requests, reason: null });
  });

  it.each([
    ['no proxy counts', matrix([]), 'No proxy has counted'],
    ['nobody asked', matrix([counter('with', [7, 7]), counter('without', [9])]), 'No request came'],
    [
      'Prometheus can’t answer',
      { status: 'error', errorType: 'x', error: 'too much' },
      'no range of samples',
    ],
  ])('is null where %s, and says so', async (_, given, words) => {
    answer = given;
    expect(await shares.of(route, 300, NOW)).toEqual({
      share: null,
      requests: 0,
      reason: expect.stringContaining(words),
    });
  });

  it('is null where no Prometheus is set up', async () => {
    const reason = 'No Prometheus is set up here (TIDEGATE_PROMETHEUS_URL).';
    expect(await new PrometheusBucketShares(null).of(route, 300, NOW)).toMatchObject({ share: null, reason });
  });

  it('asks for this route alone, over the time wanted', async () => {
    asked = '';
    answer = matrix([]);
    await shares.of(route, 120, NOW);
    expect(new URLSearchParams(asked).get('query')).toBe(
      '{__name__=~"envoy_vhost_.+_route_(tg_with_bucket_ENV_production_ROUTE_check_out_upstream_rq_total|' +
        'tg_without_bucket_ENV_production_ROUTE_check_out_upstream_rq_total)"}[120s]',
    );
  });
});
