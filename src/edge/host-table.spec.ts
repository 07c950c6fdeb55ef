import { describe, expect, it } from '@jest/globals';
import { compile } from '@tidegate/sdk/engine';
import { routeSchema } from '../domain/route.js';
import type { EdgeView } from './edge-environment.js';
import { HostTable } from './host-table.js';

function view(environment: string, hosts: { readonly [route: string]: readonly string[] }): EdgeView {
  const routes = Object.entries(hosts).map(([key, names]) =>
    routeSchema.parse({
      key,
      service: `${key}.shop.svc.cluster.local`,
      gateways: names.length === 0 ? [] : [{ name: 'shop/public', hosts: names }],
      versions: { v1: { version: 'v1' } },
      salt: key,
      default: 'v1',
    }),
  );
  const snapshot = { environment, epoch: 'e', revision: 1, flags: [], segments: [], routes, events: {} };
  const nobody = { segments: [], verifier: null, tokenCookie: null, visitorIds: null };
  return { environment, engine: compile(snapshot), routes, ...nobody };
}

const TABLE = new HostTable([
  view('production', {
    shop: ['shop.example.com'],
    any: ['*.example.com'],
    deep: ['*.a.example.com'],
    inner: [],
    both: ['both.example.org'],
  }),
  view('staging', { other: ['staging.example.com'], wild: ['*.test'], twin: ['both.example.org'] }),
]);

describe('HostTable', () => {
  it.each([
    ['shop.example.com', 'production', ['shop', 'any']],
    ['SHOP.Example.com:8443', 'production', ['shop', 'any']],
    ['shop.example.com.', 'production', ['shop', 'any']],
    ['other.example.com', 'production', ['any']],
    ['x.a.example.com', 'production', ['any', 'deep']],
    ['a.example.com', 'production', ['any']],
    ['staging.example.com', 'staging', ['other']],
    ['a.b.test', 'staging', ['wild']],
  ])('knows whose %s is, and its routes', (host, environment, routes) => {
    const plan = TABLE.find(host);
    expect(plan?.view.environment).toBe(environment);
    expect(plan?.routes.map(({ key }) => key)).toEqual(routes);
  });

  it.each(['example.com', 'test', 'example.org', '', '*.example.net', '[::1]:80'])(
    'has no plan for "%s"',
    (host) => {
      expect(TABLE.find(host)).toBeNull();
    },
  );

  it('has no plan for a host of two environments, and names it', () => {
    expect(TABLE.find('both.example.org')).toBeNull();
    expect(TABLE.disputed).toEqual(['both.example.org']);
  });

  it('has no plan for a host that is longer than any', () => {
    // All that stands above each of its labels would be some 900 MB of text.
    expect(TABLE.find(`${'a.'.repeat(30_000)}example.com`)).toBeNull();
    expect(TABLE.find(`${'x.'.repeat(100)}example.com`)?.routes.map(({ key }) => key)).toEqual(['any']);
  });

  it('remembers no end of spellings', () => {
    for (let index = 0; index < 5_000; index += 1) TABLE.find(`x${index}.example.com`);
    expect(TABLE.find('x1.example.com')?.routes.map(({ key }) => key)).toEqual(['any']);
  });
});
