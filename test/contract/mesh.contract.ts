import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Mesh } from '../../src/ports/mesh.js';
import { type MeshHarness, owner, standingIn } from './mesh-harness.js';
import { describePolicies } from './mesh-policies.contract.js';
import { describeRoots } from './mesh-roots.contract.js';
import { checkoutRoute, tableOf } from './route-tables.js';

const names = [
  'DestinationRule tg-checkout',
  'VirtualService tg-checkout-gw',
  'VirtualService tg-checkout-mesh',
];

/** What every mesh adapter does, whatever it writes to. */
export function describeMesh(title: string, start: () => Promise<MeshHarness>): void {
  describe(title, () => {
    let harness: MeshHarness;
    let mesh: Mesh;

    beforeEach(async () => {
      harness = await start();
      mesh = harness.mesh;
    });
    afterEach(() => harness.stop());

    const standing = () => standingIn(harness);
    const versions = async () => (await harness.objects()).map(({ name, version }) => `${name} ${version}`);

    it('writes a route as subsets, a gateway object and a mesh object that say whose they are', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      const objects = await harness.objects();
      expect(await standing()).toEqual(names);
      for (const { annotations, labels } of objects) {
        expect(annotations).toMatchObject({
          'tidegate.io/owner': 'production/checkout',
          'tidegate.io/revision': 'e1.7',
        });
        expect(labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'tidegate' });
      }
    });

    it('writes nothing where nothing changed', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      const before = await versions();
      await mesh.apply(tableOf(checkoutRoute()));
      expect(await versions()).toEqual(before);
    });

    it('writes nothing that it could not announce', async () => {
      const announce = () => Promise.reject(new Error('untold'));
      await expect(mesh.apply(tableOf(checkoutRoute()), { announce })).rejects.toThrow('untold');
      expect(await standing()).toEqual([]);
    });

    it('sees nothing of a route before it is written, and the written table afterwards', async () => {
      const route = checkoutRoute();
      expect(await mesh.observe(route, tableOf(route))).toMatchObject({ applied: null, observed: false });
      await mesh.apply(tableOf(route));
      expect(await mesh.observe(route, tableOf(route))).toMatchObject({ applied: 'e1.7', observed: true });
    });

    it('tells the table that stands from a later one that is wanted', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      const closed = checkoutRoute({ closed: 'v1' });
      const wanted = tableOf(closed, { revision: 8 });
      expect(await mesh.observe(closed, wanted)).toMatchObject({ applied: 'e1.7', observed: false });
    });

    it('answers for every version of the route, and for no other', async () => {
      const route = checkoutRoute();
      const { ready } = await mesh.observe(route, tableOf(route));
      expect(Object.keys(ready).sort()).toEqual(['v1', 'v2']);
    });

    it('sees an edit by hand as drift and repairs it', async () => {
      const route = checkoutRoute();
      await mesh.apply(tableOf(route));
      const before = await harness.objects();
      const gateway = before.find(({ name }) => name === 'tg-checkout-gw');
      await harness.edit('VirtualService', 'tg-checkout-gw', {
        ...gateway?.spec,
        hosts: ['evil.example.com'],
      });
      expect(await mesh.observe(route, tableOf(route))).toMatchObject({ applied: 'e1.7', observed: false });
      await mesh.apply(tableOf(route));
      expect(await mesh.observe(route, tableOf(route))).toMatchObject({ observed: true });
      const after = await harness.objects();
      expect(after.map(({ spec }) => spec)).toEqual(before.map(({ spec }) => spec));
    });

    it('takes away what somebody added to an object of ours', async () => {
      const route = checkoutRoute();
      await mesh.apply(tableOf(route));
      const [subsets] = await harness.objects();
      await harness.edit('DestinationRule', 'tg-checkout', { ...subsets?.spec, exportTo: ['.'] });
      await mesh.apply(tableOf(route));
      const [repaired] = await harness.objects();
      expect(repaired?.spec).toEqual(subsets?.spec);
    });

    it('writes again what somebody removed', async () => {
      const route = checkoutRoute();
      await mesh.apply(tableOf(route));
      await harness.remove('VirtualService', 'tg-checkout-mesh');
      expect(await mesh.observe(route, tableOf(route))).toMatchObject({ observed: false });
      await mesh.apply(tableOf(route));
      expect(await standing()).toEqual(names);
    });

    it('leaves nothing of a split once all is one arm’s, and goes back at once', async () => {
      const split = (weight: number) => {
        const arms = [
          { version: 'v2', weight },
          { version: 'v1', weight: 10_000 - weight },
        ];
        return checkoutRoute({
          rules: [{ id: 's', condition: { all: [] }, serve: { split: { arms } } }],
        });
      };
      const written = async () => (await harness.objects()).map(({ name, spec }) => ({ name, spec }));
      await mesh.apply(tableOf(split(0), { revision: 1 }));
      const none = await written();
      for (const [index, weight] of [1, 2_500, 10_000, 0].entries()) {
        await mesh.apply(tableOf(split(weight), { revision: index + 2 }));
        const text = JSON.stringify(await written());
        expect(text.includes('s:v2')).toBe(weight > 0);
        expect(text.includes('s:rest')).toBe(weight < 10_000);
      }
      expect(await written()).toEqual(none);
    });

    it('removes the object of a place that the route has left', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      await mesh.apply(tableOf(checkoutRoute({ mesh: false }), { revision: 8 }));
      expect(await standing()).toEqual(names.slice(0, 2));
    });

    it('adds and removes versions with the rules that name them', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      const three = { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' } };
      const third = checkoutRoute({ versions: three, rules: [], default: 'v3' });
      await mesh.apply(tableOf(third, { revision: 8 }));
      const only = checkoutRoute({ versions: { v3: { version: 'v3' } }, rules: [], default: 'v3' });
      await mesh.apply(tableOf(only, { revision: 9 }));
      expect(await mesh.observe(only, tableOf(only, { revision: 9 }))).toMatchObject({
        applied: 'e1.9',
        observed: true,
      });
    });

    it('refuses an object of our name that somebody else made, with HOST_TAKEN, and leaves it alone', async () => {
      const spec = { host: 'checkout.shop.svc.cluster.local', subsets: [] };
      await harness.put({ kind: 'DestinationRule', name: 'tg-checkout', spec });
      const before = await versions();
      await expect(mesh.apply(tableOf(checkoutRoute()))).rejects.toMatchObject({ code: 'HOST_TAKEN' });
      await mesh.release(owner);
      expect(await versions()).toEqual(before);
    });

    it('refuses a host that another environment has at the same gateway, with HOST_TAKEN', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      const before = await versions();
      const twin = checkoutRoute({ key: 'twin', mesh: false });
      const refused = mesh.apply(tableOf(twin, { environment: 'staging' }));
      await expect(refused).rejects.toMatchObject({ code: 'HOST_TAKEN' });
      expect(await versions()).toEqual(before);
    });

    it('refuses a Service that somebody routes inside the mesh already, with HOST_TAKEN', async () => {
      const route = [{ destination: { host: 'checkout.shop.svc.cluster.local' } }];
      await harness.put({
        kind: 'VirtualService',
        name: 'by-hand',
        spec: { hosts: ['checkout'], http: [{ route }] },
      });
      await expect(mesh.apply(tableOf(checkoutRoute()))).rejects.toMatchObject({ code: 'HOST_TAKEN' });
      expect(await standing()).toEqual(['VirtualService by-hand']);
    });

    it('closes a route though somebody claimed its host after us', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      const route = [{ destination: { host: 'checkout.shop.svc.cluster.local' } }];
      await harness.put({
        kind: 'VirtualService',
        name: 'by-hand',
        spec: { hosts: ['checkout'], http: [{ route }] },
      });
      const closed = checkoutRoute({ closed: 'v1' });
      await mesh.apply(tableOf(closed, { revision: 8 }));
      expect(await mesh.observe(closed, tableOf(closed, { revision: 8 }))).toMatchObject({ observed: true });
    });

    it('refuses to go back to an older table of the same epoch, with STALE_REVISION', async () => {
      await mesh.apply(tableOf(checkoutRoute(), { revision: 9 }));
      const before = await versions();
      const older = mesh.apply(tableOf(checkoutRoute({ closed: 'v1' }), { revision: 8 }));
      await expect(older).rejects.toMatchObject({ code: 'STALE_REVISION' });
      expect(await versions()).toEqual(before);
    });

    it('goes to a lower revision of another epoch', async () => {
      await mesh.apply(tableOf(checkoutRoute(), { revision: 9 }));
      const route = checkoutRoute();
      const table = tableOf(route, { revision: 3, epoch: 'e2' });
      await mesh.apply(table);
      expect(await mesh.observe(route, table)).toMatchObject({ applied: 'e2.3', observed: true });
    });

    it('removes a released route, and does nothing the second time', async () => {
      await mesh.apply(tableOf(checkoutRoute()));
      await mesh.release(owner);
      expect(await standing()).toEqual([]);
      await mesh.release(owner);
    });

    describeRoots(() => harness);
    describePolicies(() => harness);

    it('lists whose objects there are, each owner once', async () => {
      expect(await mesh.owners()).toEqual([]);
      await mesh.apply(tableOf(checkoutRoute()));
      expect(await mesh.owners()).toEqual([owner]);
    });
  });
}
