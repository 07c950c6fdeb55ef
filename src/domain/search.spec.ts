import { describe, expect, it } from '@jest/globals';
import type { Segment } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { Documents, type Stored } from './documents.js';
import { flagSchema } from './flag.js';
import { search, type SearchQuery } from './search.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');

function flag(key: string, fields: object = {}): Stored<'flag'> {
  const value = flagSchema.parse({ key, type: 'boolean', variants: { on: true, off: false }, ...fields });
  return { kind: 'flag', key, revision: 1, value };
}

function segment(key: string, fields: Partial<Segment> = {}): Stored<'segment'> {
  const value = { key, description: '', rules: [], included: [], excluded: [], ...fields };
  return { kind: 'segment', key, revision: 1, value };
}

const member = (value: string) => ({ operator: 'inSegment', value }) as const;
const rule = { id: 'r', condition: { all: [member('pay')] }, serve: { variant: 'on' } };
const documents = new Documents([
  flag('pay-later', { owner: 'Shop', tags: ['Beta'], expiresAt: '2026-05-01T00:00:00Z' }),
  flag('autopay', {
    type: 'string',
    variants: { on: 'x' },
    lifetime: 'permanent',
    expiresAt: '2026-07-01T00:00:00Z',
  }),
  flag('checkout', {
    description: 'Who may PAY',
    rules: [rule],
    prerequisites: [{ flag: 'autopay', variants: ['on'] }],
  }),
  flag('old-pay', { archived: true }),
  segment('pay'),
  segment('payers', { rules: [member('pay')] }),
]);

const keys = (query: SearchQuery): string[] =>
  search(documents, query, NOW).map(({ stored }) => `${stored.kind}/${stored.key}`);

describe('search', () => {
  it('ranks a key that is the text before one that begins with it, one that holds it, and words', () => {
    const hits = search(documents, { text: ' Pay ' }, NOW);
    expect(hits.map(({ stored, match }) => [stored.key, match])).toEqual([
      ['pay', 'exact'],
      ['pay-later', 'prefix'],
      ['payers', 'prefix'],
      ['autopay', 'key'],
      ['checkout', 'text'],
    ]);
  });

  it.each<[SearchQuery, string[]]>([
    [{ kinds: ['segment'] }, ['segment/pay', 'segment/payers']],
    [{ tag: 'Beta' }, ['flag/pay-later']],
    [{ text: 'beta' }, ['flag/pay-later']],
    [{ owner: 'Shop' }, ['flag/pay-later']],
    [{ type: 'string' }, ['flag/autopay']],
    [{ lifetime: 'permanent' }, ['flag/autopay']],
    [{ expired: true }, ['flag/pay-later']],
    [{ expired: false }, ['flag/autopay', 'flag/checkout']],
    [{ archived: true }, ['flag/old-pay']],
    [{ refersTo: { kind: 'segment', key: 'pay' } }, ['flag/checkout', 'segment/payers']],
    [{ refersTo: { kind: 'flag', key: 'autopay' } }, ['flag/checkout']],
    [{ refersTo: { kind: 'segment', key: 'pay' }, text: 'check' }, ['flag/checkout']],
    [{ text: 'nowhere' }, []],
  ])('finds by %j', (query, expected) => {
    expect(keys(query)).toEqual(expected);
  });

  it('finds by any text just what holds it, each once, in the order of its places', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[ab]{1,3}$/), { maxLength: 20 }),
        fc.stringMatching(/^[ab]{0,2}$/),
        (made, text) => {
          const all = new Documents(made.map((key) => flag(key)));
          const hits = search(all, { text }, NOW);
          expect(hits.map(({ stored }) => stored.key).toSorted()).toEqual(
            [...new Set(made)].filter((key) => key.includes(text)).toSorted(),
          );
          expect(hits.map(({ place }) => place)).toEqual(hits.map(({ place }) => place).toSorted());
        },
      ),
    );
  });
});
