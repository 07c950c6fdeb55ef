import { describe, expect, it } from '@jest/globals';
import type { Condition, Segment } from '@tidegate/sdk/engine';
import { Documents, type Stored } from './documents.js';
import { settingsSchema } from './environment.js';
import { type Expressed, gatewayTerms, meshTerms } from './expressible.js';
import { segmentSchema } from './segment.js';

const identity = {
  issuer: 'https://issuer',
  audience: 'shop',
  jwksUri: 'https://issuer/jwks',
  pairs: [
    { attribute: 'groups', claim: ['groups'] },
    { attribute: 'role', claim: ['realm', 'role'] },
  ],
};
const PROOF = [
  { kind: 'exact', claim: ['iss'], value: 'https://issuer' },
  { kind: 'exact', claim: ['aud'], value: 'shop' },
];

function segment(key: string, fields: Partial<Segment>): Stored<'segment'> {
  return { kind: 'segment', key, revision: 1, value: segmentSchema.parse({ key, ...fields }) };
}

const inGroup = (value: string): Condition => ({
  attribute: ['verified', 'groups'],
  operator: 'equals',
  value,
});
const header = (name: string, operator: 'equals' | 'in' | 'matches' | 'exists', value: unknown) =>
  ({ attribute: ['request', 'headers', name], operator, value }) as Condition;
const cookie = (name: string, operator: 'equals' | 'in' | 'contains', value: unknown) =>
  ({ attribute: ['request', 'cookies', name], operator, value }) as Condition;
const line = (
  part: 'path' | 'method',
  operator: 'equals' | 'startsWith' | 'matches' | 'exists',
  value: unknown,
) => ({ attribute: ['request', part], operator, value }) as Condition;
const parameter = (name: string, operator: 'equals' | 'matches' | 'exists', value: unknown) =>
  ({ attribute: ['request', 'query', name], operator, value }) as Condition;
const member = (value: string): Condition => ({ operator: 'inSegment', value });

const DOCUMENTS = new Documents([
  {
    kind: 'settings',
    key: 'environment',
    revision: 1,
    value: settingsSchema.parse({ identity }),
  },
  segment('employees', { rules: [inGroup('employees')] }),
  segment('staff', {
    rules: [member('employees'), { attribute: ['verified', 'role'], operator: 'in', value: ['a', 'b'] }],
  }),
  segment('listed', { rules: [inGroup('x')], included: ['u1'] }),
  segment('plan', { rules: [{ attribute: ['plan'], operator: 'equals', value: 'pro' }] }),
  segment('old', { rules: [{ attribute: ['verified', 'age'], operator: 'greater', value: 3 }] }),
  segment('others', { rules: [{ not: inGroup('employees') }] }),
  segment('both', { rules: [{ all: [inGroup('a'), inGroup('b')] }] }),
  segment('everybody', { rules: [{ all: [] }] }),
  segment('nobody', {}),
]);

const reason = (expressed: Expressed): string | null => ('reason' in expressed ? expressed.reason : null);

describe('gatewayTerms', () => {
  it('asks for a segment by its claim, and always for issuer and audience too', () => {
    expect(gatewayTerms(member('employees'), DOCUMENTS)).toEqual({
      terms: [
        {
          headers: [],
          without: [],
          claims: [{ kind: 'exact', claim: ['groups'], value: 'employees' }, ...PROOF],
        },
      ],
    });
  });

  it('asks for segments of segments and each value of "in" as ways of their own', () => {
    const expressed = gatewayTerms(member('staff'), DOCUMENTS);
    expect('terms' in expressed && expressed.terms.map(({ claims }) => claims[0])).toEqual([
      { kind: 'exact', claim: ['groups'], value: 'employees' },
      { kind: 'exact', claim: ['realm', 'role'], value: 'a' },
      { kind: 'exact', claim: ['realm', 'role'], value: 'b' },
    ]);
  });

  it('has no way for nobody, and one that asks nothing for everybody', () => {
    expect(gatewayTerms(member('nobody'), DOCUMENTS)).toEqual({ terms: [] });
    expect(gatewayTerms(member('everybody'), DOCUMENTS)).toEqual({
      terms: [{ headers: [], without: [], claims: [] }],
    });
  });

  it.each([
    ['listed', /lists keys/],
    ['plan', /asks for plan, which is not verified/],
    ['old', /verified.age, which has no claim/],
    ['others', /who does not have a claim/],
    ['both', /two things of one claim/],
    ['gone', /does not exist/],
  ])('says why the segment "%s" can’t be asked for', (key, expected) => {
    expect(reason(gatewayTerms(member(key), DOCUMENTS))).toMatch(expected);
  });

  it('says how an attribute is written that was given as one text', () => {
    const test = { attribute: ['request.headers.x-beta'], operator: 'equals', value: 'yes' } as const;
    expect(reason(gatewayTerms(test, DOCUMENTS))).toBe(
      'asks for request.headers.x-beta, which is not verified; write the attribute as its parts, ["request","headers","x-beta"]',
    );
  });

  it('names the place of what it can’t ask', () => {
    const expressed = gatewayTerms({ all: [{ any: [member('listed')] }] }, DOCUMENTS);
    expect(expressed).toMatchObject({ field: 'all.0.any.0' });
  });

  it('gives up where there would be more than 64 ways', () => {
    const any = (name: string): Condition => ({
      any: Array.from({ length: 9 }, (_, n) => header(name, 'equals', `v${n}`)),
    });
    expect(reason(gatewayTerms({ all: [any('a'), any('b')] }, DOCUMENTS))).toMatch(/more than 64/);
  });
});

describe('meshTerms', () => {
  it('asks for segments in x-tg-s, in any order and among others', () => {
    const expressed = meshTerms({ all: [member('a.b'), member('c')] });
    const [term] = 'terms' in expressed ? expressed.terms : [];
    const [match] = term?.headers ?? [];
    expect(match).toMatchObject({ kind: 'regex', name: 'x-tg-s' });
    const pattern = new RegExp(`^(?:${match !== undefined && 'value' in match ? match.value : ''})$`);
    for (const text of ['a.b,c', 'c,a.b', 'x,a.b,y,c,z', 'c,x,a.b']) expect(text).toMatch(pattern);
    for (const text of ['', 'c', 'a.b', 'axb,c', 'aa.b,c', 'a.b,cc']) expect(text).not.toMatch(pattern);
  });

  it('turns what is denied into "without", the missing header too', () => {
    expect(meshTerms({ not: { any: [member('a'), member('b'), header('x-beta', 'equals', '1')] } })).toEqual({
      terms: [
        {
          headers: [],
          claims: [],
          without: [
            { kind: 'regex', name: 'x-tg-s', value: '(?:(?:.*,)?a(?:,.*)?)|(?:(?:.*,)?b(?:,.*)?)' },
            { kind: 'exact', name: 'x-beta', value: '1' },
          ],
        },
      ],
    });
    expect(meshTerms({ not: header('x', 'matches', '^a?$') })).toMatchObject({
      terms: [
        { without: [{ kind: 'present', name: 'x' }] },
        { without: [{ kind: 'regex', name: 'x', value: '.*(?:^a?$).*' }] },
      ],
    });
  });

  it('finds a cookie among others', () => {
    const expressed = meshTerms(cookie('ab', 'equals', 'on'));
    const [term] = 'terms' in expressed ? expressed.terms : [];
    expect(term?.headers).toEqual([{ kind: 'regex', name: 'cookie', value: '(?:.*; ?)?ab=on(?:;.*)?' }]);
  });

  it('asks for method, path and parameters of the query by their own names', () => {
    const condition = {
      all: [
        line('method', 'equals', 'GET'),
        line('path', 'startsWith', '/cart'),
        parameter('tab', 'exists', true),
      ],
    };
    expect(meshTerms(condition)).toMatchObject({
      terms: [
        {
          method: { kind: 'exact', value: 'GET' },
          path: { kind: 'prefix', value: '/cart' },
          query: [{ kind: 'present', name: 'tab' }],
        },
      ],
    });
  });

  it('joins two prefixes of a path to the longer one, and has no way for two that part', () => {
    const both = (a: string, b: string) =>
      meshTerms({ all: [line('path', 'startsWith', a), line('path', 'startsWith', b)] });
    expect(both('/cart', '/cart/items')).toMatchObject({ terms: [{ path: { value: '/cart/items' } }] });
    expect(both('/cart', '/pay')).toEqual({ terms: [] });
  });

  it('drops what no request can be', () => {
    const both = { all: [header('x', 'equals', 'a'), header('x', 'in', ['a', 'b'])] };
    expect(meshTerms(both)).toMatchObject({ terms: [{ headers: [{ kind: 'exact', value: 'a' }] }] });
  });

  it.each([
    [header('X-Beta', 'equals', '1'), /lower case/],
    [header('x-tg-s', 'equals', 'employees'), /Tidegate itself/],
    [header('x', 'equals', 1), /anything but text/],
    [header('x', 'equals', ''), /empty text/],
    [cookie('c', 'equals', 'a;b'), /encoded/],
    [inGroup('a'), /put it into a segment/],
    [{ attribute: ['plan'], operator: 'equals' as const, value: 'pro' }, /knows only segments/],
    [{ attribute: ['request', 'body'], operator: 'equals' as const, value: '/' }, /knows only segments/],
    [line('path', 'equals', 'cart'), /does not begin with "\/"/],
    [line('path', 'equals', '/a?b'), /encoded/],
    [line('path', 'exists', true), /every request has/],
    [{ not: line('path', 'matches', 'a$') }, /reach into the query/],
    [line('method', 'equals', 'get'), /upper case/],
    [{ all: [line('method', 'equals', 'GET'), line('method', 'matches', 'T')] }, null],
    [{ all: [line('path', 'matches', 'a'), line('path', 'startsWith', '/b')] }, /two things of one path/],
    [parameter('a b', 'exists', true), /name unencoded/],
    [parameter('tab', 'equals', 'ä'), /encoded/],
    [parameter('tab', 'matches', 'a'), /sees it encoded/],
    [{ all: [header('x', 'matches', 'a'), header('x', 'matches', 'b')] }, /two things of one header/],
  ])('says why it can’t ask for %j', (condition, expected) => {
    if (expected === null) expect(reason(meshTerms(condition))).toBeNull();
    else expect(reason(meshTerms(condition))).toMatch(expected);
  });
});
