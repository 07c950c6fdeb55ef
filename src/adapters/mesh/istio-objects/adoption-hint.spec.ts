import { describe, expect, it } from '@jest/globals';
import { checkoutRoute, tableOf } from '../../../../test/contract/route-tables.js';
import { adoptionHint } from './adoption-hint.js';
import { newClaims, requireFree } from './claimed-hosts.js';
import type { MeshObject } from './mesh-object.js';
import { ownerName, requireOwned } from './ownership.js';
import { routeObjects } from './route-objects.js';

const table = tableOf(checkoutRoute());
const right = ownerName(table);

function offered(to: string | undefined, hosts: readonly string[] = ['checkout.example.com']): MeshObject {
  const annotations: Record<string, string> = to === undefined ? {} : { 'tidegate.io/adopt': to };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'storefront', namespace: 'shop', annotations },
    spec: { hosts, gateways: ['shop/public'] },
  };
}

describe('how an object in the way is taken over', () => {
  it.each<[string, MeshObject, string]>([
    [
      'by the annotation, where it has none',
      offered(undefined),
      `the annotation tidegate.io/adopt: ${right}`,
    ],
    [
      'by another environment in it',
      offered('prod/checkout'),
      `names prod/checkout and must be ${right} for this route`,
    ],
    ['by an environment in it', offered('checkout'), `names checkout and must be ${right} for this route`],
    [
      'by nothing, while it binds more than the route',
      offered(right, ['checkout.example.com', 'cart.example.com']),
      'it also binds cart.example.com at shop/public',
    ],
  ])('is told: %s', (_, object, words) => {
    expect(adoptionHint(object, table)).toContain(words);
    const claims = newClaims(routeObjects(table), []);
    expect(() => requireFree(claims, [object], (other) => adoptionHint(other, table))).toThrow(words);
  });

  it('is not told where nothing would have it taken over', () => {
    const claims = newClaims(routeObjects(table), []);
    expect(() => requireFree(claims, [offered(undefined)])).toThrow(
      'Remove one of the two routes or give ours ownership "delegate".',
    );
    expect(() => requireOwned(offered(undefined), table)).toThrow('Remove or rename it or give the route');
    const { metadata, ...rest } = offered(undefined);
    const owned = { ...rest, metadata: { ...metadata, annotations: { 'tidegate.io/owner': 'a/b' } } };
    expect(() => requireOwned(owned, table, adoptionHint)).toThrow(
      'belongs to a/b. Remove or rename it or give',
    );
  });
});
