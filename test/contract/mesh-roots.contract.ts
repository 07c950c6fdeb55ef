import { describe, expect, it } from '@jest/globals';
import { type MeshHarness, owner, standingIn } from './mesh-harness.js';
import { checkoutRoute, tableOf } from './route-tables.js';

const textOf = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** What every mesh adapter does with VirtualServices of somebody else that name its delegates. */
export function describeRoots(current: () => MeshHarness): void {
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
      await current().put({
        kind: 'VirtualService',
        name: 'root',
        spec: { hosts: ['checkout.example.com'], gateways, http },
      });
      await current().put({
        kind: 'VirtualService',
        name: 'root-inside',
        spec: { hosts: ['checkout'], http: [to('tg-checkout-inside')] },
      });
    };
    const rootSeen = async () => (await current().mesh.observe(delegated, table)).root;

    it('writes delegates that bind no host and ask for no claim, and says that no root names them yet', async () => {
      await current().mesh.apply(table);
      expect(await standingIn(current())).toEqual(delegates);
      const written = await current().objects();
      expect(
        written.filter(({ spec }) => 'hosts' in spec || JSON.stringify(spec).includes('claims')),
      ).toEqual([]);
      if (!current().seesRoots) return expect(await rootSeen()).toBeUndefined();
      expect(await rootSeen()).toMatchObject({
        names: [],
        missing: [/tg-checkout /, /inside/].map(textOf),
      });
    });

    it('sees the roots that name them, and touches those never', async () => {
      await current().mesh.apply(table);
      await putRoots();
      const roots = ['VirtualService shop/root', 'VirtualService shop/root-inside'];
      const seen = { names: roots, missing: [], standIn: false };
      expect(await rootSeen()).toEqual(current().seesRoots ? seen : undefined);
      const before = (await current().objects()).filter(({ name }) => name.startsWith('root'));
      await current().mesh.apply(tableOf({ ...delegated, closed: 'v1' }, { revision: 8 }));
      expect((await current().objects()).filter(({ name }) => name.startsWith('root'))).toEqual(before);
    });

    it('says where a root asks for less than the claims of a segment', async () => {
      await current().mesh.apply(table);
      const http = [
        {
          match: [{ headers: { '@request.auth.claims.groups': { exact: 'employees' } } }],
          ...to('tg-checkout-employees'),
        },
        to('tg-checkout'),
      ];
      const spec = { hosts: ['checkout.example.com'], gateways: ['shop/public'], http };
      await current().put({ kind: 'VirtualService', name: 'root', spec });
      const missing = (await rootSeen())?.missing ?? [];
      expect(missing.some((text) => /root asks for other claims/.test(text))).toBe(current().seesRoots);
    });

    it('leaves the delegates of a released route, all to the old version, until no root names them', async () => {
      await current().mesh.apply(table);
      await putRoots();
      const again = await current().mesh.release(owner);
      expect(typeof again).toBe(current().seesRoots ? 'number' : 'undefined');
      const left = (await current().objects()).filter(({ name }) => name.startsWith('tg-checkout'));
      expect(left.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(delegates);
      for (const { spec } of left.filter(({ kind }) => kind === 'VirtualService'))
        expect(spec['http']).toMatchObject([{ route: [{ destination: { subset: 'tg-v1' } }] }]);
      await current().remove('VirtualService', 'root');
      await current().remove('VirtualService', 'root-inside');
      await current().mesh.release(owner);
      expect(await standingIn(current())).toEqual(current().seesRoots ? [] : delegates);
    });
  });
}
