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
    ['a wildcard, which is less specific', { hosts: ['*'], gateways: ['shop/public'] }],
  ])('is free beside somebody who claims %s', (_, spec) => {
    expect(() => requireFree(newClaims(ours, []), [service('theirs', spec, 'far')])).not.toThrow();
  });

  it('that the route holds already is not asked about again', () => {
    expect(newClaims(ours, ours).size).toBe(0);
    expect([...newClaims(ours, ours.slice(0, 1))]).toEqual(['checkout.shop.svc.cluster.local at mesh']);
  });

  it('is not taken by a DestinationRule', () => {
    const rule = { ...service('theirs', { hosts: ['checkout'] }), kind: 'DestinationRule' };
    expect(() => requireFree(newClaims(ours, []), [rule])).not.toThrow();
  });
});
