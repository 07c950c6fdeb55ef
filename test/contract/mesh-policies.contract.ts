import { describe, expect, it } from '@jest/globals';
import type { MeshHarness } from './mesh-harness.js';
import { checkoutRoute, tableOf } from './route-tables.js';

/** What every mesh adapter does with traffic policies of somebody else. */
export function describePolicies(current: () => MeshHarness): void {
  describe('with DestinationRules of somebody else', () => {
    const route = checkoutRoute();
    const table = tableOf(route);
    const host = '*.shop.svc.cluster.local';
    const policyOf = (maxConnections: number) => ({ connectionPool: { tcp: { maxConnections } } });
    const put = (name: string, spec: { readonly [field: string]: unknown }) =>
      current().put({ kind: 'DestinationRule', name, spec });
    const ours = async () => (await current().objects()).find(({ name }) => name === 'tg-checkout')?.spec;
    const seen = async () => (await current().mesh.observe(route, table)).policy;

    it('copies the traffic policy of the one that it hides, and follows it', async () => {
      await put('all', { host, trafficPolicy: policyOf(7) });
      await current().mesh.apply(table);
      if (!current().seesRoots) return expect(await seen()).toBeUndefined();
      expect(await ours()).toMatchObject({ trafficPolicy: policyOf(7) });
      expect(await seen()).toMatchObject({
        copiedFrom: 'DestinationRule shop/all',
        trafficPolicy: policyOf(7),
      });
      await put('all', { host, trafficPolicy: { tls: { mode: 'DISABLE' } } });
      expect(await current().mesh.observe(route, table)).toMatchObject({ observed: false, drift: undefined });
      await current().mesh.apply(table);
      expect(await ours()).toMatchObject({ trafficPolicy: { tls: { mode: 'DISABLE' } } });
      await current().remove('DestinationRule', 'all');
      await current().mesh.apply(table);
      expect(Object.keys((await ours()) ?? {}).sort()).toEqual(['host', 'subsets']);
      expect(await current().mesh.observe(route, table)).toMatchObject({ observed: true, policy: undefined });
    });

    it('takes away what somebody added to a policy that was copied', async () => {
      await put('all', { host, trafficPolicy: policyOf(7) });
      await current().mesh.apply(table);
      const before = await ours();
      await current().edit('DestinationRule', 'tg-checkout', {
        ...before,
        trafficPolicy: { ...policyOf(7), tls: { mode: 'DISABLE' } },
      });
      await current().mesh.apply(table);
      expect(await ours()).toEqual(before);
    });

    it('stands beside the one for its host, exported as that is, with no policy of its own', async () => {
      await put('all', { host, trafficPolicy: policyOf(7) });
      await put('theirs', { host: 'checkout', exportTo: ['*'], trafficPolicy: policyOf(8) });
      await current().mesh.apply(table);
      const spec = await ours();
      expect([spec?.['exportTo'], spec?.['trafficPolicy']]).toEqual(
        current().seesRoots ? [['*'], undefined] : [undefined, undefined],
      );
      expect((await current().objects()).find(({ name }) => name === 'theirs')?.spec).toEqual({
        host: 'checkout',
        exportTo: ['*'],
        trafficPolicy: policyOf(8),
      });
    });
  });
}
