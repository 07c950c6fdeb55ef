import { describe, expect, it } from '@jest/globals';
import type { MeshObject } from '../istio-objects/mesh-object.js';
import { isSameAsBefore, routesOfObject, routesOfSlice } from './concerned-routes.js';

function object(kind: string, name: string, spec: MeshObject['spec'], owner?: string): MeshObject {
  const annotations: Record<string, string> = owner === undefined ? {} : { 'tidegate.io/owner': owner };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name, namespace: 'shop', annotations },
    spec,
  };
}

const host = 'checkout.shop.svc.cluster.local';
const ours = [
  object('DestinationRule', 'tg-checkout', { host }, 'production/checkout'),
  object('VirtualService', 'tg-checkout-mesh', { hosts: [host] }, 'production/checkout'),
  object('VirtualService', 'tg-cart-gw', { hosts: ['cart.example.com'] }, 'production/cart'),
];

const names = (routes: readonly { environment: string; route: string }[]) =>
  routes.map(({ environment, route }) => `${environment}/${route}`);

describe('a change in the cluster', () => {
  it.each([
    ['of an object of ours', object('VirtualService', 'any', {}, 'staging/other'), ['staging/other']],
    [
      'of an object for the same host',
      object('VirtualService', 'theirs', { hosts: [host] }),
      ['production/checkout'],
    ],
    [
      'of a short name of the same host',
      object('VirtualService', 'theirs', { hosts: ['checkout'] }),
      ['production/checkout'],
    ],
    [
      'of a wider host',
      object('DestinationRule', 'theirs', { host: '*.shop.svc.cluster.local' }),
      ['production/checkout'],
    ],
    [
      'of all hosts',
      object('VirtualService', 'theirs', { hosts: ['*'] }),
      ['production/checkout', 'production/cart'],
    ],
    [
      'of a root that delegates to ours',
      object('VirtualService', 'root', {
        hosts: ['www.example.com'],
        http: [{ delegate: { name: 'tg-cart-gw' } }, {}],
      }),
      ['production/cart'],
    ],
    ['of a host that nobody has', object('VirtualService', 'theirs', { hosts: ['blog.example.com'] }), []],
    ['of an object that says nothing', object('VirtualService', 'theirs', undefined), []],
  ])('%s concerns the right routes', (_, changed, routes) => {
    expect(names(routesOfObject({ object: changed }, ours))).toEqual(routes);
  });

  it('that takes the owner’s name away concerns the owner', () => {
    const before = object('VirtualService', 'tg-cart-gw', {}, 'production/cart');
    const after = object('VirtualService', 'tg-cart-gw', {});
    expect(names(routesOfObject({ object: after, before }, ours))).toEqual(['production/cart']);
  });

  it('of a root that delegates no longer concerns the route', () => {
    const before = object('VirtualService', 'root', {
      http: [{ delegate: { name: 'tg-cart-gw', namespace: 'shop' } }],
    });
    const after = object('VirtualService', 'root', { http: [] });
    expect(names(routesOfObject({ object: after, before }, ours))).toEqual(['production/cart']);
  });

  it.each([
    ['endpoints', { labels: { 'kubernetes.io/service-name': 'checkout' } }, ['production/checkout']],
    ['endpoints of another Service', { labels: { 'kubernetes.io/service-name': 'check' } }, []],
    ['endpoints of no Service', {}, []],
  ])('of %s concerns the routes to that Service', (_, metadata, routes) => {
    const slice = { metadata: { name: 'x', namespace: 'shop', ...metadata }, endpoints: [{}] };
    expect(names(routesOfSlice({ object: slice }, ours))).toEqual(routes);
    const before = { ...slice, endpoints: [] };
    expect(names(routesOfSlice({ object: slice, before }, ours))).toEqual(routes);
    expect(routesOfSlice({ object: slice, before: slice }, ours)).toEqual([]);
  });

  it('of status and bookkeeping alone is none', () => {
    const before = object('VirtualService', 'a', { hosts: [host] });
    const metadata = { ...before.metadata, resourceVersion: '7' };
    expect(isSameAsBefore({ object: { ...before, metadata }, before })).toBe(true);
    expect(isSameAsBefore({ object: { ...before, spec: {} }, before })).toBe(false);
    expect(isSameAsBefore({ object: before })).toBe(false);
  });
});
