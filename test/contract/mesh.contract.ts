import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Mesh } from '../../src/ports/mesh.js';
import { checkoutRoute, tableOf } from './route-tables.js';

/** An object as somebody else reads it. `version` is another one after each write of any of its content. */
interface StandingObject {
  readonly kind: string;
  readonly name: string;
  readonly annotations: { readonly [name: string]: string };
  readonly labels: { readonly [name: string]: string };
  readonly spec: { readonly [field: string]: unknown };
  readonly version: string;
}

/** A mesh with nothing in it, and hands that are not Tidegate's. */
export interface MeshHarness {
  readonly mesh: Mesh;
  /** All Istio routing objects of the namespace `shop`, by kind and name. */
  objects(): Promise<readonly StandingObject[]>;
  /** Writes `spec` over that of a standing object, as a person would. */
  edit(kind: string, name: string, spec: { readonly [field: string]: unknown }): Promise<void>;
  /** Puts somebody's own object into the namespace `shop`. */
  put(object: {
    readonly kind: string;
    readonly name: string;
    readonly annotations?: { readonly [name: string]: string };
    readonly spec: { readonly [field: string]: unknown };
  }): Promise<void>;
  remove(kind: string, name: string): Promise<void>;
  /** Whether the adapter sees all roots that there are. */
  readonly seesRoots: boolean;
  readonly stop: () => Promise<void>;
}

const textOf = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const owner = { environment: 'production', route: 'checkout', namespace: 'shop' };
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

    const standing = async () => (await harness.objects()).map(({ kind, name }) => `${kind} ${name}`).sort();
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

    describe('with a root of somebody else', () => {
      const delegated = checkoutRoute({ ownership: 'delegate', audiences: ['employees'] });
      const table = tableOf(delegated);
      const delegates = [
        'DestinationRule tg-checkout',
        'VirtualService tg-checkout',
        'VirtualService tg-checkout-employees',
        'VirtualService tg-checkout-inside',
      ];
      const claims = {
        '@request.auth.claims.groups': { exact: 'employees' },
        '@request.auth.claims.iss': { exact: 'https://login.example.com' },
        '@request.auth.claims.aud': { exact: 'shop' },
      };
      const to = (name: string) => ({ delegate: { name, namespace: 'shop' } });
      const putRoots = async () => {
        const http = [{ match: [{ headers: claims }], ...to('tg-checkout-employees') }, to('tg-checkout')];
        const gateways = ['shop/public'];
        await harness.put({
          kind: 'VirtualService',
          name: 'root',
          spec: { hosts: ['checkout.example.com'], gateways, http },
        });
        await harness.put({
          kind: 'VirtualService',
          name: 'root-inside',
          spec: { hosts: ['checkout'], http: [to('tg-checkout-inside')] },
        });
      };
      const rootSeen = async () => (await mesh.observe(delegated, table)).root;

      it('writes delegates that bind no host and ask for no claim, and says that no root names them yet', async () => {
        await mesh.apply(table);
        expect(await standing()).toEqual(delegates);
        const written = await harness.objects();
        expect(
          written.filter(({ spec }) => 'hosts' in spec || JSON.stringify(spec).includes('claims')),
        ).toEqual([]);
        if (!harness.seesRoots) return expect(await rootSeen()).toBeUndefined();
        expect(await rootSeen()).toMatchObject({
          names: [],
          missing: [/tg-checkout /, /inside/].map(textOf),
        });
      });

      it('sees the roots that name them, and touches those never', async () => {
        await mesh.apply(table);
        await putRoots();
        const roots = ['VirtualService shop/root', 'VirtualService shop/root-inside'];
        const seen = { names: roots, missing: [], standIn: false };
        expect(await rootSeen()).toEqual(harness.seesRoots ? seen : undefined);
        const before = (await harness.objects()).filter(({ name }) => name.startsWith('root'));
        await mesh.apply(tableOf({ ...delegated, closed: 'v1' }, { revision: 8 }));
        expect((await harness.objects()).filter(({ name }) => name.startsWith('root'))).toEqual(before);
      });

      it('says where a root asks for less than the claims of a segment', async () => {
        await mesh.apply(table);
        const http = [
          {
            match: [{ headers: { '@request.auth.claims.groups': { exact: 'employees' } } }],
            ...to('tg-checkout-employees'),
          },
          to('tg-checkout'),
        ];
        const spec = { hosts: ['checkout.example.com'], gateways: ['shop/public'], http };
        await harness.put({ kind: 'VirtualService', name: 'root', spec });
        const missing = (await rootSeen())?.missing ?? [];
        expect(missing.some((text) => /root asks for other claims/.test(text))).toBe(harness.seesRoots);
      });

      it('leaves the delegates of a released route, all to the old version, until no root names them', async () => {
        await mesh.apply(table);
        await putRoots();
        const again = await mesh.release(owner);
        expect(typeof again).toBe(harness.seesRoots ? 'number' : 'undefined');
        const left = (await harness.objects()).filter(({ name }) => name.startsWith('tg-checkout'));
        expect(left.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(delegates);
        for (const { spec } of left.filter(({ kind }) => kind === 'VirtualService'))
          expect(spec['http']).toMatchObject([{ route: [{ destination: { subset: 'tg-v1' } }] }]);
        await harness.remove('VirtualService', 'root');
        await harness.remove('VirtualService', 'root-inside');
        await mesh.release(owner);
        expect(await standing()).toEqual(harness.seesRoots ? [] : delegates);
      });
    });

    describe('with DestinationRules of somebody else', () => {
      const route = checkoutRoute();
      const table = tableOf(route);
      const host = '*.shop.svc.cluster.local';
      const policyOf = (maxConnections: number) => ({ connectionPool: { tcp: { maxConnections } } });
      const put = (name: string, spec: { readonly [field: string]: unknown }) =>
        harness.put({ kind: 'DestinationRule', name, spec });
      const ours = async () => (await harness.objects()).find(({ name }) => name === 'tg-checkout')?.spec;
      const seen = async () => (await mesh.observe(route, table)).policy;

      it('copies the traffic policy of the one that it hides, and follows it', async () => {
        await put('all', { host, trafficPolicy: policyOf(7) });
        await mesh.apply(table);
        if (!harness.seesRoots) return expect(await seen()).toBeUndefined();
        expect(await ours()).toMatchObject({ trafficPolicy: policyOf(7) });
        expect(await seen()).toMatchObject({
          copiedFrom: 'DestinationRule shop/all',
          trafficPolicy: policyOf(7),
        });
        await put('all', { host, trafficPolicy: { tls: { mode: 'DISABLE' } } });
        expect(await mesh.observe(route, table)).toMatchObject({ observed: false, drift: undefined });
        await mesh.apply(table);
        expect(await ours()).toMatchObject({ trafficPolicy: { tls: { mode: 'DISABLE' } } });
        await harness.remove('DestinationRule', 'all');
        await mesh.apply(table);
        expect(Object.keys((await ours()) ?? {}).sort()).toEqual(['host', 'subsets']);
        expect(await mesh.observe(route, table)).toMatchObject({ observed: true, policy: undefined });
      });

      it('takes away what somebody added to a policy that was copied', async () => {
        await put('all', { host, trafficPolicy: policyOf(7) });
        await mesh.apply(table);
        const before = await ours();
        await harness.edit('DestinationRule', 'tg-checkout', {
          ...before,
          trafficPolicy: { ...policyOf(7), tls: { mode: 'DISABLE' } },
        });
        await mesh.apply(table);
        expect(await ours()).toEqual(before);
      });

      it('stands beside the one for its host, exported as that is, with no policy of its own', async () => {
        await put('all', { host, trafficPolicy: policyOf(7) });
        await put('theirs', { host: 'checkout', exportTo: ['*'], trafficPolicy: policyOf(8) });
        await mesh.apply(table);
        const spec = await ours();
        expect([spec?.['exportTo'], spec?.['trafficPolicy']]).toEqual(
          harness.seesRoots ? [['*'], undefined] : [undefined, undefined],
        );
        expect((await harness.objects()).find(({ name }) => name === 'theirs')?.spec).toEqual({
          host: 'checkout',
          exportTo: ['*'],
          trafficPolicy: policyOf(8),
        });
      });
    });

    it('lists whose objects there are, each owner once', async () => {
      expect(await mesh.owners()).toEqual([]);
      await mesh.apply(tableOf(checkoutRoute()));
      expect(await mesh.owners()).toEqual([owner]);
    });
  });
}
