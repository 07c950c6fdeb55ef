import { describe, expect, it } from '@jest/globals';
import { type HttpMatch, overlap } from './match-overlap.js';

const path = (uri: HttpMatch['uri'] & object): HttpMatch => ({ uri });
const header = (match: HttpMatch['uri'] & object): HttpMatch => ({ headers: { 'x-beta': match } });

/** As `hasConflict` of istiod 1.31 has it; `apart` is told from `clash` by us. */
describe('how Istio joins the match of a root with one of a delegate', () => {
  it.each<[string, HttpMatch, HttpMatch, string]>([
    ['different fields', path({ regex: '/shop/.*' }), header({ regex: 'on|yes' }), 'fits'],
    ['the same prefix', path({ prefix: '/shop' }), path({ prefix: '/shop' }), 'fits'],
    ['a longer prefix below', path({ prefix: '/shop' }), path({ prefix: '/shop/cart' }), 'fits'],
    ['an exact text below', path({ prefix: '/shop' }), path({ exact: '/shop/cart' }), 'fits'],
    ['the same exact text', path({ exact: '/shop' }), path({ exact: '/shop' }), 'fits'],
    ['other prefixes', path({ prefix: '/shop' }), path({ prefix: '/admin' }), 'apart'],
    ['other exact texts', header({ exact: 'on' }), header({ exact: 'off' }), 'apart'],
    ['an exact text elsewhere', path({ prefix: '/shop' }), path({ exact: '/admin' }), 'apart'],
    ['a wider prefix below', path({ prefix: '/shop/cart' }), path({ prefix: '/shop' }), 'uri'],
    ['a prefix of an exact text', path({ exact: '/shop/cart' }), path({ prefix: '/shop' }), 'uri'],
    ['regexes in both', path({ regex: '/shop/.*' }), path({ regex: '/shop/.*' }), 'uri'],
    ['a regex above', path({ regex: '/shop/.*' }), path({ exact: '/shop/cart' }), 'uri'],
    ['a regex below', header({ exact: 'on' }), header({ regex: 'on|yes' }), 'header x-beta'],
    ['presence above', header({}), header({ exact: 'on' }), 'header x-beta'],
    ['presence below', header({ exact: 'on' }), header({}), 'header x-beta'],
    ['presence in both', header({}), header({}), 'header x-beta'],
    [
      'a regex of a query parameter',
      { queryParams: { ref: { exact: 'mail' } } },
      { queryParams: { ref: { regex: 'ma.*' } } },
      'query parameter ref',
    ],
    [
      'headers that must not be there, with other texts',
      { withoutHeaders: { 'x-bot': { exact: 'a' } } },
      { withoutHeaders: { 'x-bot': { exact: 'b' } } },
      'header (without) x-bot',
    ],
    [
      'a root that takes letters of any case',
      { ignoreUriCase: true },
      header({ exact: 'on' }),
      'ignoreUriCase',
    ],
    ['a root for one namespace', { sourceNamespace: 'shop' }, header({ exact: 'on' }), 'sourceNamespace'],
    [
      'fields of which one keeps them apart',
      { ...path({ prefix: '/shop' }), ...header({ exact: 'on' }) },
      { ...path({ prefix: '/admin' }), ...header({ regex: 'o.' }) },
      'apart',
    ],
    ['names that objects have anyway', { headers: {} }, { headers: { constructor: { exact: 'a' } } }, 'fits'],
  ])('%s', (_, root, leaf, expected) => {
    const found = overlap(root, leaf);
    expect(found.kind === 'clash' ? found.field : found.kind).toBe(expected);
  });
});
