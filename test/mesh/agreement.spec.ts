import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { compile } from '@tidegate/sdk/engine';
import type { Engine, Route } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { routePartsOf, writeRouteHeaders } from '../../client-sdk/src/client/route-headers.js';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import { renderRouteTable } from '../../src/domain/render/render-route-table.js';
import {
  contextOf,
  randomDocuments,
  randomRequest,
  randomRoute,
  SEGMENTS,
  wireHeaders,
  wirePath,
} from '../golden/random-routes.js';
import type { RandomRequest } from '../golden/random-routes.js';
import { eventually } from './testbed/eventually.js';
import type { Issuer } from './testbed/issuer.js';
import { gatewayName, service } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { request } from './testbed/traffic.js';

jest.setTimeout(240_000);

const ROUTES = 50;
const REQUESTS = 4;
/** Routes that are written, or asked, at the same time. */
const AT_ONCE = 5;

interface Case {
  route: Route;
  engine: Engine;
  requests: readonly RandomRequest[];
}

let testbed: Testbed;
let cases: Case[];

beforeAll(async () => {
  testbed = await Testbed.start();
  cases = sample(testbed.issuer);
  await testbed.shop.deploy('v3');
  await testbed.shop.available('v3');
  await write();
}, 240_000);

afterAll(async () => {
  await testbed?.stop();
}, 30_000);

describe('the real Envoy', () => {
  it(`sends ${ROUTES * REQUESTS} random requests where the engine does, from outside and inside the mesh`, async () => {
    await eventually(async () => {
      const answers = await each(cases, ask);
      expect(answers.filter(({ got, wanted }) => got !== wanted)).toEqual([]);
      expect(answers).toHaveLength((ROUTES + cases.filter(hasGateway).length) * REQUESTS);
    }, 60_000);
  });
});

/** Each case as a route of its own: a Service over the shop's pods, and a host. */
function sample(issuer: Issuer): Case[] {
  const requests = fc.array(randomRequest, { minLength: REQUESTS, maxLength: REQUESTS });
  const random = fc.tuple(randomRoute(issuer), requests);
  return fc.sample(random, { numRuns: ROUTES, seed: 1_795_430_105 }).map(([drawn, requests], index) => {
    const key = `case-${index}`;
    const gateways = drawn.gateways.map(() => ({ name: gatewayName, hosts: [`${key}.example.com`] }));
    const route = { ...drawn, key, service: `${key}.shop.svc.cluster.local`, gateways };
    const engine = compile({
      environment: 'production',
      epoch: 'e1',
      revision: 1,
      flags: [],
      segments: SEGMENTS,
      routes: [route],
      events: {},
    });
    return { route, engine, requests };
  });
}

async function write(): Promise<void> {
  const documents = randomDocuments(testbed.issuer);
  const mesh = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 0 });
  await each(cases, async ({ route }) => {
    const plain = service();
    await testbed.cluster.apply({ ...plain, metadata: { ...plain.metadata, name: route.key } });
    const stored = { kind: 'route' as const, key: route.key, revision: 3, value: route };
    await mesh.apply(renderRouteTable('production', 'e1', stored, documents));
    return [];
  });
}

function hasGateway({ route }: Case): boolean {
  return route.gateways.length > 0;
}

async function ask(one: Case) {
  const { route, engine, requests } = one;
  const places = hasGateway(one) ? (['outside', 'inside'] as const) : (['inside'] as const);
  const questions = places.flatMap((place) => requests.map((asked) => ({ place, asked })));
  return Promise.all(
    questions.map(async ({ place, asked }) => {
      const wanted = engine.evaluateRoute(route.key, contextOf(asked))?.version;
      return { route: route.key, place, asked, wanted, got: await versionFrom(one, place, asked) };
    }),
  );
}

/** The version that answered. From outside comes a token, and a lie about segments. */
async function versionFrom({ route, engine }: Case, place: 'outside' | 'inside', asked: RandomRequest) {
  const written = writeRouteHeaders(engine, routePartsOf(engine.snapshot), contextOf(asked));
  const issuer = asked.token?.by === 'partner' ? testbed.otherIssuer : testbed.issuer;
  const outside = {
    ...(asked.token && issuer.authorization(asked.token.claims)),
    'x-tg-s': SEGMENTS.map(({ key }) => key).join(','),
  };
  const headers = { ...wireHeaders(asked), ...written, ...(place === 'outside' ? outside : {}) };
  const host = place === 'outside' ? `${route.key}.example.com` : route.service;
  const { method } = asked;
  const load = { headers, method, path: wirePath(asked) };
  const response = await request({ ...testbed.shop[place], host }, load);
  return response.status === 200 ? response.headers['x-version'] : response.status;
}

async function each<T, R>(items: readonly T[], work: (item: T) => Promise<readonly R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const batch = await Promise.all(items.slice(from, from + AT_ONCE).map(work));
    results.push(...batch.flat());
  }
  return results;
}
