import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Route } from '@tidegate/sdk/engine';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import { checkoutRoute, tableOf } from '../contract/route-tables.js';
import { eventually } from './testbed/eventually.js';
import { FaultProxy, refuse } from './testbed/fault-proxy.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(60_000);

const COLLECTIONS = ['destinationrules', 'endpointslices', 'pods', 'virtualservices'];

let testbed: Testbed;
let proxy: FaultProxy;
let asked: string[];

beforeAll(async () => {
  testbed = await Testbed.start();
  proxy = await FaultProxy.before(testbed.apiServer);
}, 120_000);

afterAll(async () => {
  await proxy?.stop();
  await testbed?.stop();
}, 30_000);

afterEach(() => {
  proxy.intruder = null;
});

/** Routes to Services that nobody runs, and the one to the Service that stands. */
const routes: readonly Route[] = [checkoutRoute(), ...Array.from({ length: 20 }, (_, n) => numbered(n))];

function numbered(n: number): Route {
  const key = `many-${n}`;
  const gateways = [{ name: `${namespace}/public`, hosts: [`${key}.example.com`] }];
  return checkoutRoute({ key, service: `${key}.${namespace}.svc.cluster.local`, gateways });
}

/** Begins to count what is asked: `GET pods` in all namespaces, `GET shop/pods/a` of one object. */
function count(): void {
  asked = [];
  proxy.intruder = ({ method, path, query }) => {
    const [, space, rest] = /\/(?:namespaces\/([^/]+)\/)?([a-z]+(?:\/[^/]+)?)$/.exec(path) ?? [];
    const act = query.has('watch') ? 'WATCH' : method;
    if (path !== '/version') asked.push(`${act} ${space === undefined ? '' : `${space}/`}${rest}`);
    return false;
  };
}

const meshByProxy = () => new IstioMesh({ kubeconfig: proxy.kubeconfig(), settleMs: 0 });

describe('requests to the API server', () => {
  it('a first look at all routes reads four lists, and a later one none', async () => {
    const before = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 0 });
    for (const route of routes) await before.apply(tableOf(route));
    const mesh = meshByProxy();
    count();
    const stop = mesh.changes(() => undefined);
    try {
      const look = () => Promise.all(routes.map((route) => mesh.observe(route, tableOf(route))));
      const views = await look();
      expect(views.map(({ observed }) => observed)).toEqual(routes.map(() => true));
      expect(views[0]?.ready).toEqual({ v1: 1, v2: 1 });
      expect(asked.filter((one) => !one.startsWith('WATCH')).sort()).toEqual(
        COLLECTIONS.map((name) => `GET ${name}`),
      );
      asked = [];
      await look();
      await Promise.all(routes.map((route) => mesh.apply(tableOf(route))));
      expect(asked.filter((one) => !one.startsWith('WATCH'))).toEqual([]);
    } finally {
      stop();
    }
  });

  it('new routes are written without a list of all VirtualServices for each', async () => {
    const mesh = meshByProxy();
    count();
    const stop = mesh.changes(() => undefined);
    try {
      await mesh.observe(routes[0]!, tableOf(routes[0]!));
      for (let n = 100; n < 110; n++) await mesh.apply(tableOf(numbered(n)));
      expect(asked.filter((one) => one === 'GET virtualservices')).toHaveLength(1);
      expect(asked.filter((one) => one.startsWith('PATCH'))).toHaveLength(10 * 3 * 2);
    } finally {
      stop();
    }
  });

  it('a host that another route has just taken is refused, whatever the watch shows', async () => {
    proxy.watchDelay = 60_000;
    const mesh = meshByProxy();
    const stop = mesh.changes(() => undefined);
    try {
      await mesh.observe(routes[0]!, tableOf(routes[0]!));
      const first = numbered(200);
      await mesh.apply(tableOf(first));
      const rival = checkoutRoute({ key: 'rival', gateways: first.gateways, mesh: false });
      await expect(mesh.apply(tableOf(rival))).rejects.toMatchObject({ code: 'HOST_TAKEN' });
    } finally {
      proxy.watchDelay = 0;
      stop();
    }
  });

  it('the first write of a new route is not laid over what another has made since its rehearsal', async () => {
    const route = numbered(300);
    const successor = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 0 });
    const made: Promise<void>[] = [];
    proxy.intruder = ({ query }, response) => {
      if (made.length > 0 || !query.has('dryRun')) return false;
      const newer = successor.apply(tableOf(route, { revision: 71 }));
      made.push(newer.finally(() => response.writeHead(200).end('{}')));
      return true;
    };
    const late = meshByProxy().apply(tableOf(route, { revision: 70 }));
    await expect(late).rejects.toMatchObject({ code: 'STALE_REVISION' });
    await Promise.all(made);
    const view = await successor.observe(route, tableOf(route, { revision: 71 }));
    expect(view.observed).toBe(true);
  });

  it('a change of a route that stands is written from the watched copies, and read anew once those are behind', async () => {
    const mesh = meshByProxy();
    const stop = mesh.changes(() => undefined);
    const route = checkoutRoute();
    try {
      await mesh.apply(tableOf(route));
      await eventually(async () => {
        count();
        expect((await mesh.observe(route, tableOf(route))).observed).toBe(true);
        expect(asked).toEqual([]);
      });
      const kills = checkoutRoute({ closed: 'v1' });
      await mesh.apply(tableOf(kills, { revision: 60 }));
      // Both VirtualServices are rehearsed and written; the subsets are as they were, so their rule is left alone.
      expect(asked).toEqual(
        Array.from({ length: 4 }, () => expect.stringMatching(/^PATCH .*virtualservices/)),
      );
      await eventually(async () => {
        count();
        expect((await mesh.observe(route, tableOf(kills, { revision: 60 }))).observed).toBe(true);
        expect(asked).toEqual([]);
      });
      let conflicts = 0;
      proxy.intruder = ({ method }, response) =>
        method === 'PATCH' && conflicts++ === 0 && refuse(response, 409, 'the object has been modified');
      await mesh.apply(tableOf(route, { revision: 61 }));
      expect(conflicts).toBeGreaterThan(1);
      await eventually(async () =>
        expect((await mesh.observe(route, tableOf(route, { revision: 61 }))).observed).toBe(true),
      );
    } finally {
      stop();
    }
  });

  it('where pods may not be watched they are listed, and the routes stand all the same', async () => {
    const mesh = meshByProxy();
    count();
    const pass = proxy.intruder!;
    proxy.intruder = (passing, response) => {
      if (/^\/api\/v1\/pods$/.test(passing.path)) return refuse(response, 403, 'pods is forbidden');
      return pass(passing, response);
    };
    const stop = mesh.changes(() => undefined);
    try {
      const view = await mesh.observe(routes[0]!, tableOf(routes[0]!, { revision: 61 }));
      expect(view).toMatchObject({ observed: true, ready: { v1: 1, v2: 1 } });
      expect(asked.filter((one) => one === `GET ${namespace}/pods`)).toHaveLength(2);
    } finally {
      stop();
    }
  });
});
