import { describe, expect, it } from '@jest/globals';
import { newClaims, requireFree } from './claimed-hosts.js';
import type { MeshObject } from './mesh-object.js';

function service(name: string, spec: MeshObject['spec'], namespace = 'shop'): MeshObject {
  const metadata = { name, namespace };
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec };
}

const ours = [
  service('tg-checkout-gw', { hosts: ['a.example.com'], gateways: ['shop/public'] }),
  service('tg-checkout-mesh', { hosts: ['checkout.shop.svc.cluster.local'], gateways: ['mesh'] }),
];

describe('a host', () => {
  it.each([
    [
      'the same host at the same gateway',
      { hosts: ['b', 'a.example.com'], gateways: ['shop/public'] },
      'shop',
    ],
    ['a gateway named from its own namespace', { hosts: ['a.example.com'], gateways: ['public'] }, 'shop'],
    ['the Service by its short name, in the mesh by default', { hosts: ['checkout'] }, 'shop'],
    [
      'the Service from afar',
      { hosts: ['checkout.shop.svc.cluster.local'], gateways: ['x/y', 'mesh'] },
      'far',
    ],
    ['the Service by part of its name', { hosts: ['checkout.shop'] }, 'far'],
    [
      'a gateway by its old long name',
      { hosts: ['a.example.com'], gateways: ['public.shop.svc.cluster.local'] },
      'far',
    ],
    ['somebody whom only one namespace sees', { hosts: ['checkout'], exportTo: ['.'] }, 'shop'],
  ])('is taken by %s', (_, spec, namespace) => {
    const other = service('theirs', spec, namespace);
    expect(() => requireFree(newClaims(ours, []), [other])).toThrow(`${namespace}/theirs routes`);
  });

  it.each([
    ['another gateway', { hosts: ['a.example.com'], gateways: ['shop/private'] }],
    ['a gateway of that name elsewhere', { hosts: ['a.example.com'], gateways: ['far/public'] }],
    ['the mesh', { hosts: ['a.example.com'] }],
    ['a Service of that name elsewhere', { hosts: ['checkout'] }],
    ['nothing at all', undefined],
    ['a delegate’s rules', { http: [] }],
    ['a host that nobody sees', { hosts: ['checkout.shop.svc.cluster.local'], exportTo: ['~'] }],
    ['a wildcard over ours in the mesh', { hosts: ['*.shop.svc.cluster.local'] }],
    ['a wildcard, which is less specific', { hosts: ['*'], gateways: ['shop/public'] }],
  ])('is free beside somebody who claims %s', (_, spec) => {
    expect(() => requireFree(newClaims(ours, []), [service('theirs', spec, 'far')])).not.toThrow();
  });

  it.each<[string, { [field: string]: unknown }, string]>([
    ['in the mesh', { hosts: ['checkout'] }, 'a sidecar obeys one alone'],
    ['at a gateway', { hosts: ['a.example.com'], gateways: ['public'] }, 'one hides those of the other'],
    [
      'for some callers',
      { hosts: ['checkout'], exportTo: ['.', 'pay'] },
      'for callers in the namespaces shop, pay',
    ],
  ])('that is taken %s is named with the reason', (_, spec, reason) => {
    expect(() => requireFree(newClaims(ours, []), [service('theirs', spec)])).toThrow(reason);
  });

  it('of ours with a wildcard is taken by a more specific one, and by no other', () => {
    const wide = newClaims([service('tg-w-gw', { hosts: ['*.example.com'], gateways: ['shop/public'] })], []);
    const beside = (host: string) => [service('theirs', { hosts: [host], gateways: ['shop/public'] })];
    expect(() => requireFree(wide, beside('a.example.com'))).toThrow('more specific than *.example.com');
    for (const host of ['*', '*.com', 'example.com', 'a.other.com'])
      expect(() => requireFree(wide, beside(host))).not.toThrow();
  });

  it('that the route holds already is not asked about again', () => {
    expect(newClaims(ours, ours).size).toBe(0);
    expect([...newClaims(ours, ours.slice(0, 1)).keys()]).toEqual([
      'checkout.shop.svc.cluster.local at mesh',
    ]);
  });

  it('is not taken by a DestinationRule', () => {
    const rule = { ...service('theirs', { hosts: ['checkout'] }), kind: 'DestinationRule' };
    expect(() => requireFree(newClaims(ours, []), [rule])).not.toThrow();
  });
});
