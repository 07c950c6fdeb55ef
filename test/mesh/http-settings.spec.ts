import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { compile, type EvaluationContext, type Route } from '@tidegate/sdk/engine';
import { routePartsOf, writeRouteHeaders } from '../../client-sdk/src/client/route-headers.js';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import { renderRouteTable } from '../../src/domain/render/render-route-table.js';
import { randomDocuments } from '../golden/random-routes.js';
import { checkoutRoute } from '../contract/route-tables.js';
import { eventually } from './testbed/eventually.js';
import { gatewayName, publicHost } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { request, send } from './testbed/traffic.js';

jest.setTimeout(120_000);

const COPIES = 'cluster.outbound|80|tg-v2|checkout.shop.svc.cluster.local;.upstream_rq_total';
/** Of the cluster of each version. */
const RETRIES = /^cluster\.outbound\|80\|tg-(v\d)\|.*\.upstream_rq_retry: (\d+)$/gm;

/** As somebody has it who ran an Istio route of his own before. */
const http: Route['http'] = {
  rewrite: { uriRegexRewrite: { match: '^/shop/(.*)$', rewrite: String.raw`/\1` } },
  timeout: '0.5s',
  headers: { request: { set: { 'x-shop': 'eu' } }, response: { set: { 'x-served': 'shop' } } },
};
const base = checkoutRoute({
  gateways: [{ name: gatewayName, hosts: [publicHost] }],
  http,
  rules: [
    {
      id: 'testers',
      condition: { attribute: ['request', 'headers', 'x-beta'], operator: 'equals', value: 'on' },
      serve: { version: 'v2' },
    },
    ...checkoutRoute().rules,
  ],
});
let testbed: Testbed;
let mesh: IstioMesh;

beforeAll(async () => {
  testbed = await Testbed.start();
  mesh = new IstioMesh({ kubeconfig: testbed.apiServer.kubeconfig(), settleMs: 0 });
}, 120_000);

afterAll(async () => {
  await testbed?.stop();
}, 30_000);

async function write(route: Route, revision: number): Promise<void> {
  const stored = { kind: 'route' as const, key: route.key, revision, value: route };
  await mesh.apply(renderRouteTable('production', 'e1', stored, randomDocuments(testbed.issuer)));
}

function headersFor(route: Route, context: EvaluationContext) {
  const snapshot = { environment: 'e', epoch: 'e', revision: 1, flags: [], segments: [], events: {} };
  const engine = compile({ ...snapshot, routes: [route] });
  return writeRouteHeaders(engine, routePartsOf(engine.snapshot), context);
}

interface Asked {
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
}

async function ask(headers: Record<string, string>) {
  const {
    status,
    headers: answer,
    body,
  } = await request(testbed.shop.outside, { headers, path: '/shop/cart' });
  if (status !== 200) return { status };
  const { path, headers: received } = JSON.parse(body) as Asked;
  return { path, shop: received['x-shop'], served: answer['x-served'], version: answer['x-version'] };
}

/** How often the gateway has tried again, by version. */
async function retries(): Promise<{ v1: number; v2: number }> {
  const stats = await testbed.gateway.admin('/stats?filter=upstream_rq_retry$');
  const counted = [...stats.matchAll(RETRIES)].map(([, version, count]) => [version, Number(count)]);
  return { v1: 0, v2: 0, ...Object.fromEntries(counted) };
}

/** One request for each way through the table: header rule, audience, both arms, no bucket. */
function ways(): Record<string, string>[] {
  const users = Array.from({ length: 40 }, (_, n) => headersFor(base, { targetingKey: `user-${n}` }));
  return [{ 'x-beta': 'on' }, testbed.issuer.authorization({ groups: ['employees'] }), ...users, {}];
}

describe('on the real Envoy, what a route says besides its rules', () => {
  it('holds on every way through a header rule and a rollout: rewrite, header edits and timeout', async () => {
    await write(base, 3);
    const kept = { path: '/cart', shop: 'eu', served: 'shop' };
    await eventually(async () => {
      const answers = await Promise.all(ways().map(ask));
      expect(answers).toEqual(answers.map(() => expect.objectContaining(kept)));
      expect(answers.slice(0, 2).map(({ version }) => version)).toEqual(['v2', 'v2']);
      expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(['v1', 'v2']));
    }, 20_000);
    testbed.shop.fault('v1', { delayMs: 3_000, status: 200 });
    testbed.shop.fault('v2', { delayMs: 3_000, status: 200 });
    const slow = await Promise.all(ways().slice(0, 6).map(ask));
    testbed.shop.heal('v1');
    testbed.shop.heal('v2');
    expect(slow).toEqual(slow.map(() => ({ status: 504 })));
  });

  it('holds on each of those ways for retries, CORS and fault as well, and what a rule adds is for that rule alone', async () => {
    const attempts = 3;
    const preflight = { origin: 'https://shop.example', 'access-control-request-method': 'PUT' };
    const [testers, ...rest] = base.rules;
    const kept: Route['http'] = {
      ...http,
      timeout: '8s',
      retries: { attempts, retryOn: '5xx' },
      corsPolicy: { allowOrigins: [{ exact: preflight.origin }], allowMethods: ['PUT'], maxAge: '60s' },
    };
    const broken = { fault: { abort: { httpStatus: 418, percentage: { value: 100 } } } };
    await write({ ...base, http: kept, rules: [{ ...testers!, http: broken }, ...rest] }, 4);
    await eventually(async () => expect(await ask({ 'x-beta': 'on' })).toEqual({ status: 418 }), 20_000);

    const others = ways().slice(1);
    const allowed = await Promise.all(
      others.map((headers) =>
        request(testbed.shop.outside, {
          method: 'OPTIONS',
          path: '/shop/cart',
          headers: { ...headers, ...preflight },
        }),
      ),
    );
    // Envoy's own answer: no version has one of those headers.
    const answer = { 'access-control-allow-origin': preflight.origin, 'access-control-max-age': '60' };
    expect(allowed).toEqual(
      allowed.map(() => expect.objectContaining({ status: 200, headers: expect.objectContaining(answer) })),
    );
    const foreign = { ...preflight, origin: 'https://elsewhere.example' };
    const refused = await request(testbed.shop.outside, { method: 'OPTIONS', headers: foreign });
    expect(refused.headers).not.toHaveProperty('access-control-allow-origin');

    testbed.shop.fault('v1', { status: 500 });
    testbed.shop.fault('v2', { status: 500 });
    const before = await retries();
    const failed = await Promise.all(others.map(ask));
    testbed.shop.heal('v1');
    testbed.shop.heal('v2');
    expect(failed).toEqual(failed.map(() => ({ status: 500 })));
    const after = await retries();
    expect(after.v2 - before.v2).toBeGreaterThan(0);
    expect(after.v1 - before.v1 + after.v2 - before.v2).toBe(attempts * others.length);
  });

  it('gives a rule settings of its own, and leaves the others theirs', async () => {
    const [testers, ...rest] = base.rules;
    const own = { headers: { response: { set: { 'x-served': 'beta' } } } };
    await write({ ...base, rules: [{ ...testers!, http: own }, ...rest] }, 5);
    await eventually(async () => {
      expect(await ask({ 'x-beta': 'on' })).toMatchObject({ served: 'beta', path: '/cart' });
      expect(await ask({})).toMatchObject({ served: 'shop', shop: 'eu' });
    }, 20_000);
  });

  it('sends copies of half of the requests, or of half a percent, to the mirror, and every answer from the version itself', async () => {
    const copies = async () => {
      const stats = await testbed.gateway.admin('/stats?usedonly&filter=upstream_rq_total');
      return Number(
        stats
          .split('\n')
          .find((line) => line.startsWith(COPIES))
          ?.split(': ')[1] ?? 0,
      );
    };
    await write({ ...base, rules: [], mirror: { version: 'v2', percent: 50 } }, 6);
    await eventually(async () => {
      const before = await copies();
      expect(await send(testbed.shop.outside, 400)).toMatchObject({ versions: { v1: 400 } });
      const share = ((await copies()) - before) / 400;
      expect(share).toBeGreaterThan(0.35);
      expect(share).toBeLessThan(0.65);
    }, 30_000);
    await write({ ...base, rules: [], mirror: { version: 'v2', percent: 0.57 } }, 7);
    await eventually(async () => {
      const dump = await testbed.gateway.admin('/config_dump?resource=dynamic_route_configs');
      // istiod cuts off what is left of 5,700 by floating point.
      expect(dump).toMatch(/"numerator": (5700|5699),\s+"denominator": "MILLION"/);
    }, 20_000);
    const few = await copies();
    await send(testbed.shop.outside, 2_000);
    await eventually(async () => expect((await copies()) - few).toBeGreaterThan(0), 10_000);
    expect((await copies()) - few).toBeLessThan(60);
    await write({ ...base, rules: [] }, 8);
    await eventually(async () => {
      const before = await copies();
      expect(await send(testbed.shop.outside, 50)).toMatchObject({ versions: { v1: 50 } });
      expect((await copies()) - before).toBe(0);
    }, 20_000);
  });
});
