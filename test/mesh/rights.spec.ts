import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { IstioMesh } from '../../src/adapters/mesh/istio/istio-mesh.js';
import { checkoutRoute, tableOf } from '../contract/route-tables.js';
import { eventually } from './testbed/eventually.js';
import type { KubernetesObject } from './testbed/kubernetes-object.js';
import { rightsIn, type Rule, shippedIn } from './testbed/rights.js';
import { namespace } from './testbed/shop-objects.js';
import { Testbed } from './testbed/testbed.js';

jest.setTimeout(60_000);

let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.start();
}, 120_000);

afterAll(async () => {
  await testbed?.stop();
}, 30_000);

describe('the rights in deploy/rbac.yaml', () => {
  it('are enough for a route from its first write to its release, and none of them is left unused', async () => {
    const route = checkoutRoute();
    const mesh = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 0 });
    await mesh.apply(tableOf(route));
    const kinds = ['DestinationRule', 'VirtualService'];
    const names = { DestinationRule: 'tg-checkout', VirtualService: 'tg-checkout-gw' };
    for (const kind of kinds) {
      const metadata = { name: names[kind as keyof typeof names], namespace };
      await testbed.cluster.patch(
        { apiVersion: 'networking.istio.io/v1', kind, metadata },
        { spec: { exportTo: ['.'] } },
      );
    }
    await mesh.apply(tableOf(route));
    expect(await mesh.observe(route, tableOf(route))).toMatchObject({ observed: true });
    await mesh.owners();
    await mesh.release({ environment: 'production', route: 'checkout', namespace });
    const requests = testbed.apiServer.audit.requests();
    expect(requests.filter(({ code }) => code === 403)).toEqual([]);
    const used = new Set(requests.map(({ verb, group, resource }) => `${verb} ${group}/${resource}`));
    const unused = rightsIn('rbac.yaml').filter((right) => !used.has(right));
    // The log calls an apply a patch, also where it makes the object; watches belong to a running service.
    expect(unused.filter((right) => !/^(create|watch) /.test(right))).toEqual([]);
  });

  it('are not enough without create', async () => {
    const [role] = shippedIn('rbac.yaml').filter(({ kind }) => kind === 'ClusterRole');
    const { rules } = role as KubernetesObject & { rules: Rule[] };
    const without = rules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') }));
    await testbed.cluster.apply({ ...role!, rules: without });
    const mesh = new IstioMesh({ kubeconfig: testbed.apiServer.serviceKubeconfig(), settleMs: 0 });
    await eventually(async () => {
      const refused = mesh.apply(tableOf(checkoutRoute()));
      await expect(refused).rejects.toMatchObject({ code: 'MESH_REFUSED' });
    });
    await testbed.cluster.apply(role!);
    await eventually(() => mesh.apply(tableOf(checkoutRoute())));
  });
});
