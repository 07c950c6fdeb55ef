import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import { checkoutRoute, tableOf } from '../contract/route-tables.js';
import type { KubernetesObject } from './testbed/kubernetes-object.js';
import { namespaceObject } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(60_000);

const NAMESPACES = ['shop', 'shop-two', 'edge-team'];
const apiVersion = 'networking.istio.io/v1';
const ADOPT = { 'tidegate.io/adopt': 'production/checkout' };
const owner = { environment: 'production', route: 'checkout', namespace: 'shop' };
const route = checkoutRoute({ mesh: false });
const service = 'checkout.shop-two.svc.cluster.local';

let testbed: Testbed;
let mesh: IstioMesh;

beforeAll(async () => {
  testbed = await Testbed.start();
  for (const name of NAMESPACES.slice(1)) await testbed.cluster.apply(namespaceObject(name));
}, 120_000);

afterAll(async () => {
  await testbed?.stop();
}, 30_000);

beforeEach(async () => {
  for (const object of await objects()) await testbed.cluster.delete(object);
  mesh = meshWith();
});

function meshWith(options: { readonly drainMs?: number } = {}): IstioMesh {
  return new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 50, ...options });
}

async function objects(): Promise<KubernetesObject[]> {
  const found = NAMESPACES.flatMap((namespace) =>
    ['DestinationRule', 'VirtualService'].map((kind) =>
      testbed.cluster.list({ apiVersion, kind, namespace }),
    ),
  );
  return (await Promise.all(found)).flat();
}

async function standing(): Promise<string[]> {
  return (await objects()).map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`);
}

/** A VirtualService of somebody, for the host of the route. */
async function storefront(
  namespace: string,
  {
    annotations = {},
    http,
  }: { readonly annotations?: Record<string, string>; readonly http?: readonly object[] } = {},
): Promise<void> {
  const rules = http ?? [{ route: [{ destination: { host: route.service } }] }];
  const spec = { hosts: ['checkout.example.com'], gateways: ['shop/public'], http: rules };
  const metadata = { name: 'storefront', namespace, annotations };
  const object: KubernetesObject & { spec: object } = { apiVersion, kind: 'VirtualService', metadata, spec };
  await testbed.cluster.apply(object);
}

async function specOf(namespace: string, name: string): Promise<string> {
  const found = (await objects()).find(
    ({ kind, metadata }) =>
      kind === 'VirtualService' && metadata.namespace === namespace && metadata.name === name,
  ) as { readonly spec?: object } | undefined;
  return JSON.stringify(found?.spec);
}

describe('a VirtualService that was taken over', () => {
  it('in another namespace than the Service’s goes with its route', async () => {
    await storefront('edge-team', { annotations: ADOPT });
    await mesh.apply(tableOf(route));
    expect(await standing()).toEqual([
      'DestinationRule shop/tg-checkout',
      'VirtualService edge-team/storefront',
    ]);
    await mesh.release(owner);
    expect(await standing()).toEqual([]);
  });

  it('stays where it is when the Service moves, and sends its requests there', async () => {
    await storefront('shop', { annotations: ADOPT });
    await mesh.apply(tableOf(route));
    const moved = tableOf({ ...route, service }, { revision: 8 });
    await mesh.apply(moved);
    expect(await mesh.observe({ ...route, service }, moved)).toMatchObject({
      applied: 'e1.8',
      observed: true,
    });
    expect(await standing()).toEqual([
      'VirtualService shop/storefront',
      'DestinationRule shop-two/tg-checkout',
    ]);
    expect(await specOf('shop', 'storefront')).toContain(`"host":"${service}"`);
  });
});

describe('a Service that moves to another namespace', () => {
  const rules = route.rules.slice(1);
  const delegated = checkoutRoute({ mesh: false, ownership: 'delegate', audiences: [], rules });
  const moved = { ...delegated, service };

  it('leaves the delegates that a root names, which obey each change until none does', async () => {
    await mesh.apply(tableOf(delegated));
    await storefront('shop', { http: [{ delegate: { name: 'tg-checkout', namespace: 'shop' } }] });
    await mesh.apply(tableOf(moved, { revision: 8 }));
    const both = ['VirtualService shop/tg-checkout', 'VirtualService shop-two/tg-checkout'];
    expect(await standing()).toEqual(expect.arrayContaining(both));
    const closed = { ...moved, closed: 'v1' };
    await mesh.apply(tableOf(closed, { revision: 9 }));
    const obeyed = await specOf('shop', 'tg-checkout');
    expect(obeyed).toBe(await specOf('shop-two', 'tg-checkout'));
    expect(obeyed).not.toContain('tg-v2');
    await storefront('shop', { http: [{ delegate: { name: 'tg-checkout', namespace: 'shop-two' } }] });
    const table = tableOf(closed, { revision: 9 });
    expect(await mesh.observe(closed, table)).toMatchObject({ observed: false, root: { missing: [] } });
    await mesh.apply(table);
    expect(await standing()).not.toContain('VirtualService shop/tg-checkout');
  });

  it('leaves nothing of the old place, though whoever took it along died before the end', async () => {
    await mesh.apply(tableOf(route));
    const before = await objects();
    const table = tableOf({ ...route, service }, { revision: 8 });
    await mesh.apply(table);
    for (const object of before) await testbed.cluster.apply(withoutVersion(object));
    const next = meshWith();
    expect(await next.observe({ ...route, service }, table)).toMatchObject({ observed: false });
    await next.apply(table);
    expect(await standing()).toEqual([
      'DestinationRule shop-two/tg-checkout',
      'VirtualService shop-two/tg-checkout-gw',
    ]);
  });

  it('leaves its subsets for the drain time, so that requests under way end', async () => {
    const draining = meshWith({ drainMs: 3_600_000 });
    await draining.apply(tableOf(route));
    const table = tableOf({ ...route, service }, { revision: 8 });
    await draining.apply(table);
    expect(await standing()).toEqual([
      'DestinationRule shop/tg-checkout',
      'DestinationRule shop-two/tg-checkout',
      'VirtualService shop-two/tg-checkout-gw',
    ]);
    expect(await draining.observe({ ...route, service }, table)).toMatchObject({ observed: true });
    await mesh.apply(table);
    expect(await standing()).not.toContain('DestinationRule shop/tg-checkout');
  });
});

function withoutVersion({
  metadata: { name, namespace, ...more },
  ...rest
}: KubernetesObject): KubernetesObject {
  const { annotations = {}, labels = {} } = more as { annotations?: object; labels?: object };
  return { ...rest, metadata: { name, namespace, annotations, labels } as KubernetesObject['metadata'] };
}
