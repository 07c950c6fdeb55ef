import { describe, expect, it } from '@jest/globals';
import { checkoutRoute, tableOf } from '../../../../test/contract/route-tables.js';
import { delegates } from './delegates.js';
import type { HttpMatch } from './match-overlap.js';
import type { MeshObject } from './mesh-object.js';
import { rootConflicts } from './root-conflicts.js';

const condition = {
  any: [
    { attribute: ['request', 'path'], operator: 'startsWith', value: '/shop/beta' },
    { attribute: ['request', 'path'], operator: 'startsWith', value: '/admin/beta' },
  ],
} as const;
const route = checkoutRoute({
  ownership: 'delegate',
  rules: [{ id: 'testers', condition, serve: { version: 'v2' } }],
});
const wanted = delegates(tableOf(route));

function rootWith(...match: readonly HttpMatch[]): MeshObject {
  const to = (name: string) => ({ delegate: { name, namespace: 'shop' } });
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'storefront', namespace: 'shop' },
    spec: {
      hosts: ['a.example.com'],
      http: [to('something-else'), { name: 'app', match, ...to('tg-checkout') }],
    },
  };
}

const entriesFor = (...match: readonly HttpMatch[]): readonly string[] =>
  rootConflicts(wanted, [rootWith(...match)]).map(({ entry, message }) =>
    message.includes('some of the requests') ? `${entry} in part` : entry,
  );

describe('rules of delegates that Istio leaves out below a root', () => {
  it.each<[string, readonly HttpMatch[], readonly string[]]>([
    ['none where the root asks for nothing', [], []],
    ['none where it asks for something else', [{ headers: { 'x-app': { regex: '.*' } } }], []],
    [
      'none where each alternative fits somewhere',
      [{ uri: { prefix: '/shop' } }, { uri: { prefix: '/admin' } }],
      [],
    ],
    ['none where no request could be of both', [{ uri: { prefix: '/blog' } }], []],
    ['a rule that the root’s regex clashes with', [{ uri: { regex: '/shop/.*' } }], ['testers']],
    ['a rule of which one alternative can never hold', [{ uri: { prefix: '/shop' } }], ['testers']],
    [
      'a rule in part, where only some alternatives of the root clash',
      [{ uri: { prefix: '/' } }, { uri: { regex: '/shop/.*' } }],
      ['testers in part'],
    ],
  ])('are %s', (_, match, expected) => {
    expect(entriesFor(...match)).toEqual(expected);
  });

  it('are told with the root, its rule, and how to mend it', () => {
    const [found] = rootConflicts(wanted, [rootWith({ uri: { regex: '/shop/.*' } })]);
    expect(found).toEqual({
      root: 'VirtualService shop/storefront',
      rule: 'rule 2 ("app")',
      entry: 'testers',
      message:
        'Istio can\'t join the rule "testers" of tg-checkout with rule 2 ("app") of VirtualService shop/storefront, and drops it: ' +
        'both ask for the path (uri); take that match out of the root’s rule, or write it there as a prefix or exact text ' +
        'that holds every text of the rule "testers"',
    });
  });
});
