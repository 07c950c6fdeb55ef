import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bucket, compile, type Engine } from '@tidegate/sdk/engine';
import { routeSchema } from '../../src/domain/route.js';
import { EdgeServer } from '../../src/edge/edge-server.js';
import { Issuer } from '../mesh/testbed/issuer.js';
import type { Api, Arguments } from '../support/api.js';
import { App } from '../support/app.js';
import { type EdgeAnswer, EdgeClient } from '../support/edge-client.js';
import { until } from './until.js';

const HOST = 'shop.example.com';
const EMPTY = { 'x-tg-b': '', 'x-tg-s': '', 'x-tg-k': '' };
const FORGED = { 'x-tg-b': 'checkout=0001', 'x-tg-s': 'employees', 'x-tg-k': 'somebody' };
const EMPLOYEE = { sub: 'erin' };
const HALVES = {
  id: 'halves',
  condition: { all: [] },
  serve: {
    split: {
      arms: [
        { version: 'v2', weight: 5_000 },
        { version: 'v1', weight: 5_000 },
      ],
    },
  },
};

const issuer = new Issuer('https://id.example.com', 'shop');
let app: App;
let admin: Api;
let edge: EdgeClient;

function route(key: string, over: Arguments = {}): Arguments {
  return {
    key,
    service: `${key}.shop.svc.cluster.local`,
    gateways: [{ name: `shop/${key}`, hosts: [HOST] }],
    versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    salt: `salt-${key}`,
    default: 'v1',
    ...over,
  };
}

/** The engine over the route with so much of 10,000 for v2. */
function engineOf(weight: number): Engine {
  const arms = [
    { version: 'v2', weight },
    { version: 'v1', weight: 10_000 - weight },
  ];
  const rules = [{ ...HALVES, serve: { split: { arms } } }];
  return compile({
    environment: 'production',
    epoch: 'e',
    revision: 1,
    flags: [],
    segments: [],
    events: {},
    routes: [routeSchema.parse(route('checkout', { rules }))],
  });
}

const four = (salt: string, key: string): string => String(bucket(salt, key, 10_000)).padStart(4, '0');

beforeAll(async () => {
  app = await App.start({ settings: { TIDEGATE_EDGE_PORT: '0' } });
  admin = app.api();
  const environment = 'production';
  await admin.do('createEnvironment', { key: environment });
  const { issuer: name, audience, jwks } = issuer;
  await admin.do('setIdentity', { environment, identity: { issuer: name, audience, jwks } });
  await admin.do('createRoute', { environment, ...route('checkout') });
  await admin.do('createRoute', { environment, ...route('accounts', { bucketBy: ['verified', 'account'] }) });
  await admin.do('createRoute', { environment, ...route('search') });
  edge = new EdgeClient(app.service.app.get(EdgeServer).port);
});

afterAll(async () => {
  edge.close();
  await app.stop();
});

describe('affinity by cookie', () => {
  const sticky = { environment: 'production', key: 'checkout', affinity: 'cookie' };
  const refusal = async (name: string, input: Arguments): Promise<string[]> => {
    const { userErrors } = await admin.mutate(name, { environment: 'production', ...input });
    return userErrors.map(({ code, field }) => `${code} at ${field}`);
  };
  const browser = async (cookie?: string): Promise<EdgeAnswer> =>
    edge.check(HOST, {
      'x-forwarded-proto': 'https',
      ...(cookie === undefined ? {} : { cookie }),
      ...FORGED,
    });
  const cookieOf = ({ cookies }: EdgeAnswer): string => cookies[0]?.split(';')[0] ?? '';

  it('is not offered where the edge issues no cookie, and says so', async () => {
    expect(await refusal('updateRoute', sticky)).toEqual(['EDGE_NEEDED at affinity']);
  });

  it('is refused for a route that goes by something else', async () => {
    process.env['EDGE_SPEC_SECRET'] = 'for the cookies of a test';
    await admin.do('setVisitors', {
      environment: 'production',
      visitors: { secretRef: 'env:EDGE_SPEC_SECRET', domain: 'example.com' },
    });
    expect(await refusal('updateRoute', { ...sticky, key: 'accounts' })).toEqual([
      'INVALID_INPUT at affinity',
    ]);
  });

  it('gives an anonymous browser an id, and by it a bucket in the routes that ask for it', async () => {
    await admin.do('updateRoute', sticky);
    const first = await until(async () => {
      const answer = await browser();
      return answer.cookies.length === 1 ? answer : null;
    });
    const id = first.headers['x-tg-k'] ?? '';
    const headers = { 'x-tg-b': `checkout=${four('salt-checkout', id)}`, 'x-tg-s': '', 'x-tg-k': id };
    expect(first.headers).toEqual(headers);
    expect(first.cookies[0]).toMatch(/; HttpOnly; SameSite=Lax; Secure; Domain=example\.com$/);
    expect(await browser(cookieOf(first))).toEqual({ code: 0, headers, cookies: [] });
    expect(await browser(`a=b; ${cookieOf(first)}`)).toEqual({ code: 0, headers, cookies: [] });
  });

  it('gives another id to a browser that made one up', async () => {
    const own = await browser();
    const forged = cookieOf(own).replace(/=v1\.[\w-]{22}/, `=v1.${'A'.repeat(22)}`);
    const answer = await browser(forged);
    expect(answer.cookies).toHaveLength(1);
    expect(answer.headers['x-tg-k']).not.toBe('A'.repeat(22));
  });

  it('leaves users with a token to their token, and takes others for anonymous', async () => {
    const employee = await edge.check(HOST, issuer.authorization(EMPLOYEE));
    expect(employee).toMatchObject({ headers: { 'x-tg-k': 'erin' }, cookies: [] });
    const expired = await edge.check(HOST, issuer.authorization(EMPLOYEE, { expiresIn: -5 }));
    expect(expired.cookies).toHaveLength(1);
    expect(expired.headers).toMatchObject({ 'x-tg-s': '' });
  });

  it('gives each arm its share, and moves nobody out while it grows', async () => {
    const first = await Promise.all(Array.from({ length: 2_000 }, () => browser()));
    const inside = (weight: number): Set<number> => {
      const engine = engineOf(weight);
      const isIn = ({ headers }: EdgeAnswer): boolean => {
        const told = Number(headers['x-tg-b']?.split('=')[1]) < weight;
        const { version } = engine.evaluateRoute('checkout', { targetingKey: headers['x-tg-k'] }) ?? {};
        expect([told, version]).toEqual([told, told ? 'v2' : 'v1']);
        return told;
      };
      return new Set(first.flatMap((answer, index) => (isIn(answer) ? [index] : [])));
    };
    let before = new Set<number>();
    for (const weight of [100, 500, 2_500, 5_000, 10_000]) {
      const now = inside(weight);
      expect([...before].filter((index) => !now.has(index))).toEqual([]);
      // six standard deviations of 2,000 draws
      const spread = 6 * Math.sqrt(2_000 * (weight / 10_000) * (1 - weight / 10_000));
      expect(Math.abs(now.size - weight / 5)).toBeLessThanOrEqual(spread);
      before = now;
    }
    const cookie = cookieOf(first[0] as EdgeAnswer);
    await admin.do('addRouteRule', { environment: 'production', key: 'checkout', rule: HALVES });
    expect((await browser(cookie)).headers).toEqual((first[0] as EdgeAnswer).headers);
  });

  it('keeps the cookies until no route needs them', async () => {
    expect(await refusal('setVisitors', { visitors: null })).toEqual(['EDGE_NEEDED at visitors']);
    await admin.do('updateRoute', { ...sticky, affinity: null });
    await until(async () => (await browser()).cookies.length === 0);
    expect((await browser()).headers).toEqual(EMPTY);
    await admin.do('setVisitors', { environment: 'production', visitors: null });
  });
});
