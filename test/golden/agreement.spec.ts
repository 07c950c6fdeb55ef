import { describe, expect, it } from '@jest/globals';
import { compile } from '@tidegate/sdk/engine';
import type { Engine, Route } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { routePartsOf, writeRouteHeaders } from '../../client-sdk/src/client/route-headers.js';
import { routeObjects } from '../../src/adapters/mesh/istio-objects/route-objects.js';
import { yamlOf } from '../../src/adapters/mesh/istio-objects/yaml-text.js';
import { renderRouteTable } from '../../src/domain/render/render-route-table.js';
import { readMesh } from './mesh-reader.js';
import {
  contextOf,
  randomDocuments,
  randomRequest,
  randomRoute,
  SEGMENTS,
  wireHeaders,
  wirePath,
} from './random-routes.js';
import type { RandomRequest } from './random-routes.js';

const issuing = { issuer: 'https://id.example.com', audience: 'shop' };
const documents = randomDocuments(issuing);
const ROUTES = 1_000;
const REQUESTS = 10;

function engineOf(route: Route): Engine {
  // Others whose buckets stand in the same header, one with a name that ends in ours.
  const others = ['cart', 'my-checkout', 'zoo'].map((key): Route => ({
    ...route,
    key,
    salt: key,
    rules: [],
  }));
  return compile({
    environment: 'production',
    epoch: 'e1',
    revision: 1,
    flags: [],
    segments: SEGMENTS,
    routes: [route, ...others].sort((a, b) => (a.key < b.key ? -1 : 1)),
    events: {},
  });
}

function yamlFor(route: Route): string {
  const stored = { kind: 'route' as const, key: route.key, revision: 3, value: route };
  return yamlOf(routeObjects(renderRouteTable('production', 'e1', stored, documents)));
}

/** What the mesh sees: the buckets and segments that the SDK writes, as far as this place believes them. */
function routed(mesh: ReturnType<typeof readMesh>, engine: Engine, request: RandomRequest, gateway: string) {
  const written = writeRouteHeaders(engine, routePartsOf(engine.snapshot), contextOf(request));
  const lies = { 'x-tg-s': SEGMENTS.map(({ key }) => key).join(',') };
  const isMesh = gateway === 'mesh';
  const iss = request.token?.by === 'own' ? issuing.issuer : 'https://partner.example.com';
  const found = mesh({
    gateway,
    host: isMesh ? 'checkout.shop.svc.cluster.local' : 'checkout.example.com',
    method: request.method,
    path: wirePath(request),
    headers: { ...wireHeaders(request), ...written, ...(isMesh ? {} : lies) },
    claims: request.token === null ? {} : { iss, aud: [issuing.audience], ...request.token.claims },
  });
  return found?.map(({ labels }) => labels['version']);
}

function agree(route: Route, requests: readonly RandomRequest[]): void {
  const mesh = readMesh(yamlFor(route));
  const engine = engineOf(route);
  const places = route.gateways.length > 0 ? ['shop/public', 'mesh'] : ['mesh'];
  const answers = places.flatMap((place) =>
    requests.map((request) => ({ place, versions: routed(mesh, engine, request, place) })),
  );
  const wanted = places.flatMap((place) =>
    requests.map((request) => ({
      place,
      versions: [engine.evaluateRoute('checkout', contextOf(request))?.version],
    })),
  );
  expect(answers).toEqual(wanted);
}

describe('mesh and engine', () => {
  it(`send ${ROUTES * REQUESTS} requests with a bucket to the same version, at the gateway and inside the mesh`, () => {
    const requests = fc.array(randomRequest, { minLength: REQUESTS, maxLength: REQUESTS });
    fc.assert(fc.property(randomRoute(issuing), requests, agree), { numRuns: ROUTES });
  }, 120_000);

  it('agree without a bucket too, where a split says which arm gets those', () => {
    const route = randomRoute(issuing).map((route): Route => ({
      ...route,
      rules: route.rules.filter(({ serve }) => !('split' in serve) || serve.split.otherwise !== 'weights'),
    }));
    const keyless = randomRequest.map((request) => ({ ...request, user: undefined }));
    fc.assert(fc.property(route, fc.array(keyless, { minLength: 3, maxLength: 3 }), agree), { numRuns: 200 });
  }, 60_000);
});
