import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import type { RouteTable } from '../../src/domain/route-table.js';
import { describeMesh } from '../contract/mesh.contract.js';
import { checkoutRoute, tableOf } from '../contract/route-tables.js';
import { istioHarness, routingObjects } from './istio-harness.js';
import { eventually } from './testbed/eventually.js';
import { namespaceObject } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(60_000);

const route = checkoutRoute();
const settleMs = 50;

let testbed: Testbed;
let mesh: IstioMesh;

beforeAll(async () => {
  testbed = await Testbed.start({ users: [{ name: 'guest' }] });
}, 120_000);

afterAll(async () => {
  await testbed?.stop();
}, 30_000);

describeMesh('the Istio mesh', () => istioHarness(testbed));

describe('the Istio mesh on a real API server', () => {
  beforeEach(async () => {
    await istioHarness(testbed);
    mesh = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs });
  });

  it('owns its fields by server-side apply, and writes no others', async () => {
    await mesh.apply(tableOf(route));
    for (const { metadata } of await routingObjects(testbed)) {
      const managers = metadata['managedFields' as never] as { manager: string; operation: string }[];
      expect(managers).toEqual([expect.objectContaining({ manager: 'tidegate', operation: 'Apply' })]);
    }
  });

  it('writes nothing at all when Istio’s webhook refuses one of the objects, and passes its words on', async () => {
    await expect(mesh.apply(withWeight(-5))).rejects.toMatchObject({
      code: 'MESH_REFUSED',
      message: expect.stringMatching(/webhook.*weight/),
    });
    expect(await routingObjects(testbed)).toEqual([]);
  });

  it('keeps the last table when the next one is refused', async () => {
    await mesh.apply(tableOf(route));
    await expect(mesh.apply({ ...withWeight(-5), revision: 'e1.8' })).rejects.toMatchObject({
      code: 'MESH_REFUSED',
    });
    expect(await mesh.observe(route, tableOf(route))).toMatchObject({ applied: 'e1.7', observed: true });
  });

  it('refuses a namespace that does not exist, with MESH_REFUSED', async () => {
    const lost = tableOf(checkoutRoute({ service: 'checkout.nowhere.svc.cluster.local' }));
    await expect(mesh.apply(lost)).rejects.toMatchObject({
      code: 'MESH_REFUSED',
      message: expect.stringContaining('nowhere'),
    });
  });

  it('takes the routes along when the Service moves to another namespace', async () => {
    await testbed.cluster.apply(namespaceObject('shop-two'));
    await mesh.apply(tableOf(route));
    const moved = tableOf(checkoutRoute({ service: 'checkout.shop-two.svc.cluster.local' }), { revision: 8 });
    await mesh.apply(moved);
    expect(await routingObjects(testbed)).toEqual([]);
    const owner = { environment: 'production', route: 'checkout', namespace: 'shop-two' };
    expect(await mesh.owners()).toEqual([owner]);
    await mesh.release(owner);
    expect(await mesh.owners()).toEqual([]);
  });

  it('recognises an object of ours from which somebody took the labels', async () => {
    await mesh.apply(tableOf(route));
    const [rule] = await routingObjects(testbed);
    await testbed.cluster.patch(rule!, {
      metadata: { labels: { 'app.kubernetes.io/managed-by': null, 'tidegate.io/route': 'other' } },
    });
    expect(await mesh.observe(route, tableOf(route))).toMatchObject({ observed: false });
    await mesh.apply(tableOf(route));
    expect(await mesh.observe(route, tableOf(route))).toMatchObject({ observed: true });
  });

  it.each([
    ['an annotation', { metadata: { annotations: { 'tidegate.io/revision': null } } }],
    ['a label', { metadata: { labels: { 'tidegate.io/route': null } } }],
    ['all subsets', { spec: { subsets: null } }],
  ])('knows of an edit that only took %s away, of which no field manager is noted', async (_, patch) => {
    const table = tableOf(route);
    await mesh.apply(table);
    expect(await mesh.observe(route, table)).toMatchObject({ observed: true, drift: undefined });
    const [rule] = await routingObjects(testbed);
    await testbed.cluster.patch(rule!, patch);
    const drift = { object: 'DestinationRule shop/tg-checkout', act: 'changed', manager: null };
    expect(await mesh.observe(route, table)).toMatchObject({ observed: false, drift });
    await mesh.apply(table);
    expect(await mesh.observe(route, table)).toMatchObject({ observed: true, drift: undefined });
  });

  it('ends with the newer of two tables that are written at the same time', async () => {
    await mesh.apply(tableOf(route));
    const other = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs });
    for (let revision = 8; revision < 18; revision += 2) {
      const older = tableOf(checkoutRoute({ closed: 'v1' }), { revision });
      const newer = tableOf(checkoutRoute({ closed: 'v2' }), { revision: revision + 1 });
      const [first, second] = await Promise.allSettled([mesh.apply(older), other.apply(newer)]);
      expect(second).toMatchObject({ status: 'fulfilled' });
      if (first.status === 'rejected') expect(first.reason).toMatchObject({ code: 'STALE_REVISION' });
      expect(await mesh.observe(route, newer)).toMatchObject({ applied: newer.revision, observed: true });
    }
  });

  it.each([
    ['has lost its lease', () => Promise.reject(new Error('lost')), 'rejected'],
    ['was overtaken', undefined, 'fulfilled'],
  ])('tries no second time over what somebody wrote meanwhile where it %s', async (_, refuse, status) => {
    await mesh.apply(tableOf(route));
    const other = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs });
    const overtaken = new AbortController();
    const successor = tableOf(checkoutRoute({ closed: 'v1' }), { revision: 1, epoch: 'e2' });
    let announced = 0;
    const announce = async (): Promise<void> => {
      announced += 1;
      if (announced > 1) return refuse?.();
      await other.apply(successor);
      if (refuse === undefined) overtaken.abort();
    };
    const late = tableOf(checkoutRoute({ closed: 'v2' }), { revision: 8 });
    const [write] = await Promise.allSettled([mesh.apply(late, { announce, overtaken: overtaken.signal })]);
    expect(write.status).toBe(status);
    expect(await mesh.observe(route, successor)).toMatchObject({
      applied: successor.revision,
      observed: true,
    });
  });

  it('counts the ready pods of each version behind the Service', async () => {
    const three = checkoutRoute({
      versions: { v1: { version: 'v1' }, v2: { app: 'checkout', version: 'v2' }, v9: { version: 'v9' } },
    });
    const ready = async () => (await mesh.observe(three, tableOf(three))).ready;
    await eventually(async () => expect(await ready()).toEqual({ v1: 1, v2: 1, v9: 0 }), 20_000);
    await testbed.shop.scale('v2', 2);
    await eventually(async () => expect(await ready()).toEqual({ v1: 1, v2: 2, v9: 0 }), 20_000);
    const [pod] = await testbed.shop.pods('v2');
    await testbed.kubelet.setReady(pod!, false);
    await eventually(async () => expect(await ready()).toEqual({ v1: 1, v2: 1, v9: 0 }), 20_000);
    await testbed.shop.scale('v2', 0);
    await eventually(async () => expect(await ready()).toEqual({ v1: 1, v2: 0, v9: 0 }), 20_000);
    await testbed.shop.scale('v2', 1);
    await testbed.shop.available('v2');
  });

  it('says so when it has no rights, with MESH_REFUSED', async () => {
    const guest = new IstioMesh({ kubeconfig: testbed.apiServer.kubeconfig('guest') });
    await expect(guest.observe(route, tableOf(route))).rejects.toMatchObject({
      code: 'MESH_REFUSED',
      message: expect.stringContaining('forbidden'),
    });
  });

  it('says so when its kubeconfig can’t be used, with MESH_UNAVAILABLE', async () => {
    const lost = new IstioMesh({ kubeconfig: '/nowhere/config' });
    await expect(lost.owners()).rejects.toMatchObject({
      code: 'MESH_UNAVAILABLE',
      message: expect.stringContaining('/nowhere/config'),
    });
  });

  it('fails with MESH_UNAVAILABLE within its deadline while the API server hangs, and works on afterwards', async () => {
    await mesh.apply(tableOf(route));
    testbed.apiServer.process.freeze();
    const started = Date.now();
    try {
      await expect(mesh.observe(route, tableOf(route))).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
    } finally {
      testbed.apiServer.process.thaw();
    }
    expect(Date.now() - started).toBeLessThan(25_000);
    expect(await mesh.observe(route, tableOf(route))).toMatchObject({ observed: true });
  });

  it('fails with MESH_UNAVAILABLE while the API server is down, and works on after its restart', async () => {
    await mesh.apply(tableOf(route));
    await testbed.apiServer.process.kill();
    const closed = tableOf(checkoutRoute({ closed: 'v1' }), { revision: 8 });
    for (const act of [mesh.apply(closed), mesh.observe(route, closed), mesh.owners()]) {
      await expect(act).rejects.toMatchObject({ code: 'MESH_UNAVAILABLE' });
    }
    await testbed.apiServer.process.start();
    await eventually(() => mesh.apply(closed), 30_000);
    expect(await mesh.observe(route, closed)).toMatchObject({ applied: 'e1.8', observed: true });
  });
});

/** A table that only Istio's own checks find wrong. */
function withWeight(weight: number): RouteTable {
  const table = tableOf(route);
  const destinations = [
    { version: 'v1', weight },
    { version: 'v2', weight: 10_000 },
  ];
  return { ...table, mesh: [{ name: 'default', matches: [], destinations }] };
}

describe('an object that somebody else made, where a route would bind the same host', () => {
  const wrote = (annotations?: { readonly [name: string]: string }) => ({
    kind: 'VirtualService',
    name: 'by-hand',
    ...(annotations && { annotations }),
    spec: { hosts: ['checkout'], http: [{ route: [{ destination: { host: route.service } }] }] },
  });

  it.each<[string, { readonly [name: string]: string } | undefined]>([
    ['says nothing', undefined],
    ['is given to another route', { 'tidegate.io/adopt': 'production/cart' }],
    ['is given to another environment', { 'tidegate.io/adopt': 'staging/checkout' }],
  ])('is left alone, and nothing is written, while it %s', async (_, annotations) => {
    const harness = await istioHarness(testbed);
    await harness.put(wrote(annotations));
    const before = await harness.objects();
    await expect(harness.mesh.apply(tableOf(route))).rejects.toMatchObject({
      code: 'HOST_TAKEN',
      message: expect.stringContaining('VirtualService shop/by-hand'),
    });
    expect(await harness.objects()).toEqual(before);
  });

  it('is taken over whole, under its own name, once its annotation gives it to the route', async () => {
    const harness = await istioHarness(testbed);
    await harness.put(wrote({ 'tidegate.io/adopt': 'production/checkout' }));
    await harness.mesh.apply(tableOf(route));
    const objects = await harness.objects();
    expect(objects.map(({ name }) => name).sort()).toEqual(['by-hand', 'tg-checkout', 'tg-checkout-gw']);
    const taken = objects.find(({ name }) => name === 'by-hand');
    expect(taken).toMatchObject({
      annotations: { 'tidegate.io/owner': 'production/checkout' },
      spec: { hosts: [route.service], gateways: ['mesh'] },
    });
    expect(await harness.mesh.observe(route, tableOf(route))).toMatchObject({ observed: true });
  });
});
