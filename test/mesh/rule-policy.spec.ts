import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import { checkoutRoute, tableOf } from '../contract/route-tables.js';
import { createCheckout, ENVIRONMENT, ROUTE } from '../support/checkout.js';
import { startOnMesh } from '../support/service-on-mesh.js';
import type { ServiceProcess } from '../support/service-process.js';
import type { Envoy } from './testbed/envoy.js';
import { eventually } from './testbed/eventually.js';
import type { KubernetesObject, ObjectRef } from './testbed/kubernetes-object.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';
import { send } from './testbed/traffic.js';

const apiVersion = 'networking.istio.io/v1';
const kind = 'DestinationRule';
const SERVICE = 'checkout.shop.svc.cluster.local';
const at = (place: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  metadata: { name, namespace: place },
});
const ours = at(namespace, `tg-${ROUTE}`);
const root = at('istio-system', 'default');
const beside = at(namespace, 'theirs');

interface Rule extends KubernetesObject {
  spec: { trafficPolicy?: unknown; exportTo?: string[] };
}

let testbed: Testbed;
let service: ServiceProcess;

const poolOf = (maxConnections: number) => ({
  connectionPool: { tcp: { maxConnections } },
  outlierDetection: { consecutive5xxErrors: maxConnections },
});

async function put(ref: ObjectRef, spec: object): Promise<void> {
  await testbed.cluster.apply({ ...ref, spec });
}

/** Limits of connections and of failures in a row, by the subset of the Service's cluster; '' is the Service whole. */
async function limitsAt(proxy: Envoy): Promise<Record<string, string>> {
  const dump = JSON.parse(await proxy.admin('/config_dump?resource=dynamic_active_clusters')) as {
    configs?: { cluster: Cluster }[];
  };
  const clusters = (dump.configs ?? []).map(({ cluster }) => cluster);
  return Object.fromEntries(
    clusters
      .filter(({ name }) => name.startsWith('outbound|80|') && name.endsWith(`|${SERVICE}`))
      .map(({ name, circuit_breakers: limits, outlier_detection: outliers }) => {
        const connections = limits?.thresholds?.[0]?.max_connections;
        return [name.split('|')[2], `${connections} ${outliers?.consecutive_5xx ?? 'never'}`];
      }),
  );
}

interface Cluster {
  readonly name: string;
  readonly circuit_breakers?: { readonly thresholds?: readonly { readonly max_connections?: number }[] };
  readonly outlier_detection?: { readonly consecutive_5xx?: number };
}

/** Waits until every cluster of the Service has this policy, at the gateway and at the caller's sidecar. */
async function untilHeld(limit: number | null, subsets = ['', 'tg-v1', 'tg-v2']): Promise<void> {
  const wanted = limit === null ? '4294967295 never' : `${limit} ${limit}`;
  await eventually(async () => {
    const held = await Promise.all([testbed.gateway, testbed.sidecar].map(limitsAt));
    const expected = Object.fromEntries(subsets.map((name) => [name, wanted]));
    expect(held).toEqual([expected, expected]);
  }, 30_000);
}

async function statusPolicy() {
  const { route } = await service.admin.run(
    `{ route(environment: "${ENVIRONMENT}", key: "${ROUTE}") {
         status { phase observed policy { copiedFrom trafficPolicy beside exportTo notes } } } }`,
  );
  return route?.status;
}

async function untilTold(policy: unknown): Promise<void> {
  const expected = { phase: 'applied', observed: true, policy };
  await eventually(async () => expect(await statusPolicy()).toEqual(expected), 30_000);
}

beforeAll(async () => {
  testbed = await Testbed.start();
  await put(root, { host: '*.local', trafficPolicy: poolOf(71) });
  await untilHeld(71, ['']);
  service = await startOnMesh(testbed);
  await createCheckout(service.admin, {
    issuer: testbed.issuer,
    guard: null,
    steps: [{ weight: 100_000, hold: null }],
  });
}, 180_000);

afterAll(async () => {
  await service?.stop();
  await testbed?.stop();
}, 60_000);

describe('a DestinationRule of the root namespace, on the real istiod and Envoy', () => {
  const told = (limit: number) => ({
    copiedFrom: 'DestinationRule istio-system/default',
    trafficPolicy: poolOf(limit),
    beside: [],
    exportTo: null,
    notes: [],
  });

  it('still holds for all clusters of a Service that has got a route, and the status says whose it is', async () => {
    await untilTold(told(71));
    await untilHeld(71);
  });

  it('holds as it was edited', async () => {
    await put(root, { host: '*.local', trafficPolicy: poolOf(72) });
    await untilHeld(72);
    await untilTold(told(72));
  });

  it('gives way to a rule for the same host, with which ours is merged', async () => {
    await put(beside, {
      host: SERVICE,
      exportTo: ['*'],
      trafficPolicy: poolOf(73),
      subsets: [{ name: 'x' }],
    });
    await untilHeld(73, ['', 'tg-v1', 'tg-v2', 'x']);
    await untilTold({
      copiedFrom: null,
      trafficPolicy: null,
      beside: ['DestinationRule shop/theirs'],
      exportTo: ['*'],
      notes: [],
    });
    const { spec } = await testbed.cluster.get<Rule>(ours);
    expect([spec.trafficPolicy, spec.exportTo]).toEqual([undefined, ['*']]);
    expect(await send(testbed.shop.outside, 50)).toEqual({ versions: { v1: 50 }, statuses: { 200: 50 } });
  });

  it('holds again when that one goes, and no more when it goes itself', async () => {
    await testbed.cluster.delete(beside);
    await untilHeld(72);
    await testbed.cluster.delete(root);
    await untilHeld(null);
    await untilTold(null);
  });
});

describe('a DestinationRule nearer to callers than ours', () => {
  it('is named in the status, and before a route is written at all', async () => {
    const near = at('default', 'mine');
    await put(near, { host: '*.local' });
    const text = 'Callers in namespace default go by DestinationRule default/mine';
    await eventually(async () => {
      const status = await statusPolicy();
      expect(status?.phase).toBe('applied');
      expect(status?.policy?.notes.join()).toContain(text);
    }, 30_000);
    const second = tableOf(checkoutRoute({ key: 'second', service: 'second.shop.svc.cluster.local' }));
    const mesh = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 0 });
    const refusal = { code: 'HOST_TAKEN', message: expect.stringContaining(text) };
    await expect(mesh.apply({ ...second, gateways: [], gateway: null })).rejects.toMatchObject(refusal);
    expect(await mesh.owners()).toMatchObject([{ route: ROUTE }]);
    await testbed.cluster.delete(near);
    await mesh.apply({ ...second, gateways: [], gateway: null });
    expect(await mesh.owners()).toHaveLength(2);
    await untilTold(null);
  });
});
