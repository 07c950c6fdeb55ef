import { describe, expect, it } from '@jest/globals';
import type { Route } from '@tidegate/sdk/engine';
import { checkoutRoute, tableOf } from '../../../../test/contract/route-tables.js';
import type { MeshObject } from './mesh-object.js';
import { nameOf } from './mesh-object.js';
import { placedObjects, releasedDelegates } from './placed-objects.js';
import { gatewayRules, type RootRule, rootsOf } from './roots.js';
import { routeObjects } from './route-objects.js';

const delegated = checkoutRoute({ ownership: 'delegate', audiences: ['employees'], mesh: false });

function root(http: readonly RootRule[], hosts = ['checkout.example.com']): MeshObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'storefront', namespace: 'shop' },
    spec: { hosts, gateways: ['public'], http },
  };
}

const httpOf = (objects: readonly MeshObject[], name: string) =>
  objects.find((object) => nameOf(object) === `VirtualService ${name}`)?.spec?.['http'];

describe('the delegates of a route whose Service moved', () => {
  const own = routeObjects(tableOf(delegated));
  const moved = { ...delegated, service: 'checkout.shop-two.svc.cluster.local' };
  const placed = (changes: Partial<Route> = {}) =>
    placedObjects(tableOf({ ...moved, ...changes }, { revision: 8 }), {
      own,
      others: [root(gatewayRules(tableOf(delegated)))],
    });

  it('stay where a root names them, beside those of the new place', () => {
    expect(placed().map(nameOf)).toEqual([
      'DestinationRule shop-two/tg-checkout',
      'VirtualService shop-two/tg-checkout-employees',
      'VirtualService shop-two/tg-checkout',
      'VirtualService shop/tg-checkout-employees',
      'VirtualService shop/tg-checkout',
    ]);
  });

  it.each([
    ['as the route stands', {}],
    ['once it is closed', { closed: 'v1' }],
  ])('hold the very rules of those: %s', (_, changes) => {
    for (const name of ['tg-checkout', 'tg-checkout-employees'])
      expect(httpOf(placed(changes), `shop/${name}`)).toEqual(httpOf(placed(changes), `shop-two/${name}`));
  });
});

describe('an object of ours that stands in as the root', () => {
  const hosts = ['a.example.com', 'b.example.com'];
  const exclusive = checkoutRoute({ gateways: [{ name: 'shop/public', hosts }], mesh: false });
  const table = tableOf({ ...exclusive, ownership: 'delegate', audiences: ['employees'] }, { revision: 8 });
  const own = routeObjects(tableOf(exclusive));

  it.each<[string, string[], string[]]>([
    ['stays while a host is bound by no root', ['a.example.com'], ['b.example.com at shop/public']],
    ['goes once all are', hosts, []],
    ['goes once a wildcard holds all', ['*.example.com'], []],
  ])('%s', (_, bound, unbound) => {
    const others = [root(gatewayRules(table), bound)];
    expect(rootsOf(table, others).missing).toEqual(
      unbound.map(
        (claim) =>
          `No VirtualService that sends requests to the delegate shop/tg-checkout binds ${claim} yet`,
      ),
    );
    const names = placedObjects(table, { own, others }).map(nameOf);
    expect(names.includes('VirtualService shop/tg-checkout-gw')).toBe(unbound.length > 0);
  });

  it('stays while the root binds its hosts at another gateway', () => {
    const elsewhere = root(gatewayRules(table), hosts);
    const others = [{ ...elsewhere, spec: { ...elsewhere.spec, gateways: ['shop/private'] } }];
    expect(placedObjects(table, { own, others }).map(nameOf)).toContain('VirtualService shop/tg-checkout-gw');
  });
});

describe('a delegate of a deleted route', () => {
  const rules: Route['rules'] = [
    {
      id: 'everybody',
      condition: { all: [] },
      serve: {
        split: {
          arms: [
            { version: 'v2', weight: 2_000 },
            { version: 'v1', weight: 8_000 },
          ],
          otherwise: 'weights',
        },
      },
    },
  ];
  const mirror = { version: 'v2', percent: 10 };
  const table = tableOf({ ...delegated, rules, mirror });
  const standing = { own: routeObjects(table), others: [root(gatewayRules(table))] };

  it('sends everybody to the version that the route returned to, and copies to nobody', () => {
    const kept = releasedDelegates(standing, 'v1');
    expect(kept.map(nameOf)).toEqual([
      'VirtualService shop/tg-checkout-employees',
      'VirtualService shop/tg-checkout',
    ]);
    for (const { spec } of kept) {
      expect(JSON.stringify(spec)).not.toContain('tg-v2');
      expect(spec?.['http']).toMatchObject([{ route: [{ destination: { subset: 'tg-v1' } }] }]);
    }
  });

  it('keeps its last rule where that version is not known', () => {
    expect(JSON.stringify(releasedDelegates(standing))).toContain('"weight":8000');
  });
});
