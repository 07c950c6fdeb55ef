import { describe, expect, it } from '@jest/globals';
import { compile, type Condition, type EvaluationContext, type Segment } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { Documents } from './documents.js';
import { settingsSchema } from './environment.js';
import { type Expressed, gatewayTerms, meshTerms } from './expressible.js';
import type { ClaimMatch, HeaderMatch, RequestMatch } from './route-table.js';

/** A request as a proxy sees it: headers as they came, claims of the token it verified. */
interface Wire {
  readonly method: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly headers: { readonly [name: string]: string };
  readonly claims: { readonly [claim: string]: string | readonly string[] };
}

const ISSUER = 'https://issuer';
const settings = settingsSchema.parse({
  identity: { issuer: ISSUER, pairs: [{ attribute: 'group', claim: ['group'] }] },
});

const fits = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`, 'u').test(text);

const queryText = (query: Wire['query']): string =>
  Object.entries(query)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** A proxy sees the request line as headers too, the path with the query. */
const headersOf = ({ headers, method, path, query }: Wire): Wire['headers'] => ({
  ...headers,
  ':method': method,
  ':path': Object.keys(query).length > 0 ? `${path}?${queryText(query)}` : path,
});

function hasHeader(wire: Wire, match: HeaderMatch, missing: string | null): boolean {
  const text = headersOf(wire)[match.name];
  if (match.kind === 'present') return text !== undefined;
  const value = text ?? missing;
  if (value === null) return false;
  return match.kind === 'exact' ? value === match.value : fits(match.value, value);
}

function hasClaim({ claims }: Wire, { claim, kind, value }: ClaimMatch): boolean {
  const said = claims[claim.join('.')] ?? [];
  const texts = typeof said === 'string' ? [said] : said;
  return texts.some((text) => (kind === 'exact' ? text === value : fits(value, text)));
}

function hasText(text: string, match: { readonly kind: string; readonly value?: string }): boolean {
  const { kind, value = '' } = match;
  if (kind === 'present') return true;
  if (kind === 'prefix') return text.startsWith(value);
  return kind === 'exact' ? text === value : fits(value, text);
}

/** `without` reads a missing header as an empty one. */
function isMatch(wire: Wire, match: RequestMatch): boolean {
  const { headers, without, claims, method, path, query = [] } = match;
  return (
    (method === undefined || hasText(wire.method, method)) &&
    (path === undefined || hasText(wire.path, path)) &&
    query.every((one) => wire.query[one.name] !== undefined && hasText(wire.query[one.name] ?? '', one)) &&
    headers.every((match) => hasHeader(wire, match, null)) &&
    !without.some((match) => hasHeader(wire, match, '')) &&
    claims.every((claim) => hasClaim(wire, claim))
  );
}

const text = fc.constantFrom('a', 'b', 'ab', 'a.b', 'abc', 'b+');
const operand: fc.Arbitrary<{ operator: string; value: unknown }> = fc.oneof(
  fc.record({
    operator: fc.constantFrom('equals', 'startsWith', 'endsWith', 'contains'),
    value: text,
  }),
  fc.record({ operator: fc.constant('in'), value: fc.array(text, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    operator: fc.constant('matches'),
    value: fc.constantFrom('^a', 'b$', '^a?$', 'a.b', '^(?:a|b)*$'),
  }),
  fc.record({ operator: fc.constant('exists'), value: fc.boolean() }),
);
const place = fc.oneof(
  fc.constantFrom('x-one', 'x-two').map((name) => ['request', 'headers', name]),
  fc.constantFrom('c', 'd').map((name) => ['request', 'cookies', name]),
);
const ofPlace = fc
  .tuple(
    fc.oneof(
      place,
      fc.constantFrom('q', 'r').map((name) => ['request', 'query', name]),
    ),
    operand,
  )
  .map(([attribute, rest]) => ({ attribute, ...rest }) as Condition);
const PATHS = ['/', '/a', '/a/', '/a/b', '/ab', '/b/a'];
const someOf = (texts: readonly string[]): fc.Arbitrary<{ operator: string; value: unknown }> =>
  fc.oneof(
    fc.record({
      operator: fc.constantFrom('equals', 'startsWith', 'endsWith', 'contains'),
      value: fc.constantFrom(...texts),
    }),
    fc.record({ operator: fc.constant('in'), value: fc.subarray([...texts], { minLength: 1 }) }),
    fc.record({ operator: fc.constant('matches'), value: fc.constantFrom('^/a', 'a/?$', '^(?:GET|PUT)$') }),
  );
const ofLine = fc.oneof(
  someOf(PATHS).map((rest) => ({ attribute: ['request', 'path'], ...rest }) as Condition),
  someOf(['GET', 'PUT', 'POST']).map((rest) => ({ attribute: ['request', 'method'], ...rest }) as Condition),
);
const requestTest = fc.oneof({ arbitrary: ofPlace, weight: 2 }, { arbitrary: ofLine, weight: 1 });
const claimTest = operand.map((rest) => ({ attribute: ['verified', 'group'], ...rest }) as Condition);
const member = fc.constantFrom('s1', 's2').map((value): Condition => ({ operator: 'inSegment', value }));

function tree(leaf: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> {
  return fc.letrec<{ node: Condition }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie('node'), { maxLength: 3 }).map((any) => ({ any })),
      tie('node').map((not) => ({ not })),
    ),
  })).node;
}

const segments = fc
  .tuple(fc.array(tree(claimTest), { maxLength: 2 }), fc.array(tree(claimTest), { maxLength: 2 }))
  .map((all) =>
    all.map((rules, index): Segment => ({
      key: `s${index + 1}`,
      description: '',
      rules,
      included: [],
      excluded: [],
    })),
  );
const subject = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST'),
  path: fc.constantFrom(...PATHS),
  query: fc.dictionary(fc.constantFrom('q', 'r', 'qr'), fc.constantFrom('', 'a', 'b', 'ab', 'a.b'), {
    maxKeys: 3,
  }),
  headers: fc.dictionary(fc.constantFrom('x-one', 'x-two'), fc.oneof(text, fc.constant('')), { maxKeys: 2 }),
  cookies: fc.dictionary(fc.constantFrom('c', 'd', 'cd'), text, { maxKeys: 3 }),
  group: fc.option(fc.oneof(text, fc.array(text, { maxLength: 2 })), { nil: undefined }),
});

type Subject = typeof subject extends fc.Arbitrary<infer T> ? T : never;

/** The context that the SDK evaluates for a request. */
function contextOf({ group, ...request }: Subject): EvaluationContext {
  return { targetingKey: 'u', request, verified: group === undefined ? {} : { group } };
}

function engineOf(condition: Condition, all: readonly Segment[]): ReturnType<typeof compile> {
  const whole: Segment = { key: 'whole', description: '', rules: [condition], included: [], excluded: [] };
  const snapshot = { environment: 'e', epoch: 'e', revision: 1, flags: [], routes: [], events: {} };
  return compile({ ...snapshot, segments: [...all, whole] });
}

function wireOf(
  { headers, cookies, group, ...line }: Subject,
  more: { readonly [name: string]: string },
): Wire {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return {
    ...line,
    headers: { ...headers, ...more, ...(cookie.length > 0 ? { cookie: cookie.join('; ') } : {}) },
    claims: { iss: ISSUER, ...(group === undefined ? {} : { group }) },
  };
}

function documentsOf(all: readonly Segment[]): Documents {
  return new Documents([
    { kind: 'settings', key: 'environment', revision: 1, value: settings },
    ...all.map((value) => ({ kind: 'segment' as const, key: value.key, revision: 1, value })),
  ]);
}

/** Counts how often there were terms to compare: a law about nothing proves nothing. */
function agrees(expressed: Expressed, wire: Wire, truth: boolean): boolean {
  if ('reason' in expressed) return false;
  expect(expressed.terms.some((term) => isMatch(wire, term))).toBe(truth);
  return true;
}

describe('what the mesh is told', () => {
  it('holds at a gateway for exactly the requests for which the condition does', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        tree(fc.oneof(requestTest, member)),
        segments,
        fc.array(subject, { minLength: 5 }),
        (condition, all, subjects) => {
          const engine = engineOf(condition, all);
          const expressed = gatewayTerms(condition, documentsOf(all));
          for (const one of subjects) {
            if (agrees(expressed, wireOf(one, {}), engine.isMember('whole', contextOf(one)))) compared += 1;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(500);
  });

  it('holds in the mesh for exactly the requests for which the condition does, segments by header', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        tree(fc.oneof(requestTest, member)),
        segments,
        fc.array(subject, { minLength: 5 }),
        (condition, all, subjects) => {
          const engine = engineOf(condition, all);
          const expressed = meshTerms(condition);
          for (const one of subjects) {
            const context = contextOf(one);
            const mine = all.filter(({ key }) => engine.isMember(key, context)).map(({ key }) => key);
            const wire = wireOf(one, { 'x-tg-s': ['zz', ...mine].join(',') });
            if (agrees(expressed, wire, engine.isMember('whole', context))) compared += 1;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });

  it('never believes a gateway’s request about its segments, nor a token of another issuer', () => {
    fc.assert(
      fc.property(segments, subject, (all, one) => {
        const condition: Condition = { operator: 'inSegment', value: 's1' };
        const expressed = gatewayTerms(condition, documentsOf(all));
        if ('reason' in expressed) return;
        const asking = expressed.terms.filter(({ claims }) => claims.length > 0);
        const liar = wireOf(one, { 'x-tg-s': 's1,s2' });
        expect(
          asking.some((term) => isMatch({ ...liar, claims: { ...liar.claims, iss: 'evil' } }, term)),
        ).toBe(false);
        expect(expressed.terms.flatMap(({ headers }) => headers)).toEqual([]);
      }),
    );
  });
});
