import { describe, expect, it } from '@jest/globals';
import { checkoutRoute, tableOf } from '../../../../test/contract/route-tables.js';
import type { MeshObject } from './mesh-object.js';
import { rootRivals } from './root-rivals.js';

type Spec = { readonly [field: string]: unknown };

const table = tableOf(checkoutRoute({ ownership: 'delegate', rules: [] }));
const atGateway = { hosts: ['a.example.com'], gateways: ['shop/public'] };
const toDelegate = { delegate: { name: 'tg-checkout', namespace: 'shop' } };
const inside = { hosts: ['checkout.shop.svc.cluster.local'] };
const toInside = { delegate: { name: 'tg-checkout-inside', namespace: 'shop' } };

function service(name: string, creationTimestamp: string, spec: Spec): MeshObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'shop', creationTimestamp },
    spec,
  };
}

/** Whether a VirtualService of these fields is told of beside the root with this one rule. */
function isTold(
  legacy: Spec,
  rule: Spec,
  created = '2026-01-01T00:00:00Z',
  bound: Spec = atGateway,
): boolean {
  const root = service('storefront', '2026-02-02T00:00:00Z', { ...bound, http: [rule] });
  return rootRivals(table, [root, service('legacy', created, { ...bound, ...legacy })]).length > 0;
}

describe('an older VirtualService for the host of a root', () => {
  it.each<[string, Spec, Spec]>([
    ['it takes all that the root takes', { http: [{ route: [] }] }, toDelegate],
    ['it takes all by a match for every path', { http: [{ match: [{ uri: { prefix: '/' } }] }] }, toDelegate],
    [
      'one of its rules holds the root’s path',
      { http: [{ match: [{ uri: { exact: '/x' } }] }, { match: [{ uri: { prefix: '/sh' } }] }] },
      { match: [{ uri: { prefix: '/shop' } }], ...toDelegate },
    ],
    [
      'it asks for one of the headers that the root asks for',
      { http: [{ match: [{ headers: { a: { exact: '1' } } }] }] },
      { match: [{ headers: { a: { exact: '1' }, b: { exact: '2' } } }], ...toDelegate },
    ],
  ])('is told of where %s', (_, legacy, rule) => {
    expect(isTold(legacy, rule)).toBe(true);
  });

  it.each<[string, Spec, Spec]>([
    ['it takes only a path of its own', { http: [{ match: [{ uri: { prefix: '/cart' } }] }] }, toDelegate],
    [
      'it takes the rest, which Istio asks last',
      { http: [{ route: [] }] },
      { match: [{ uri: { prefix: '/shop' } }], ...toDelegate },
    ],
    [
      'it asks for more than the root',
      { http: [{ match: [{ uri: { prefix: '/shop' }, method: { exact: 'GET' } }] }] },
      { match: [{ uri: { prefix: '/shop' } }], ...toDelegate },
    ],
    ['it is for another host', { hosts: ['b.example.com'], http: [{ route: [] }] }, toDelegate],
    ['it is for another gateway', { gateways: ['shop/private'], http: [{ route: [] }] }, toDelegate],
    ['nobody sees it', { exportTo: ['~'], http: [{ route: [] }] }, toDelegate],
    ['it names the delegate, too', { http: [toDelegate] }, toDelegate],
  ])('is left alone where %s', (_, legacy, rule) => {
    expect(isTold(legacy, rule)).toBe(false);
  });

  it('is not told of where the root is the older one', () => {
    expect(isTold({ http: [{ route: [] }] }, toDelegate, '2026-03-03T00:00:00Z')).toBe(false);
  });

  it('of the same second counts by its name, as with Istio', () => {
    expect(isTold({ http: [{ route: [] }] }, toDelegate, '2026-02-02T00:00:00Z')).toBe(true);
  });

  it('is told of inside the mesh whatever its rules ask for, as a sidecar obeys it alone', () => {
    const legacy = { http: [{ match: [{ uri: { prefix: '/cart' } }] }] };
    expect(isTold(legacy, toInside, '2026-01-01T00:00:00Z', inside)).toBe(true);
  });

  it('is named with the rule that takes the requests, and what to do', () => {
    const root = service('storefront', '2026-02-02T00:00:00Z', { ...atGateway, http: [toDelegate] });
    const legacy = service('legacy', '2026-01-01T00:00:00Z', { ...atGateway, http: [{ route: [] }] });
    expect(rootRivals(table, [root, legacy])).toEqual([
      'VirtualService shop/legacy is older than VirtualService shop/storefront and routes a.example.com at shop/public too: ' +
        'a gateway asks its rules first, and its rule 1 takes every request that comes to the rule which names tg-checkout. ' +
        'Put the rules of both into one of the two, or remove the host from the older one',
    ]);
  });
});
