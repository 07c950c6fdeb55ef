import { bucket, ROUTE_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { Condition, EvaluationContext, Json, Route, Segment } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { Documents } from '../../src/domain/documents.js';
import { settingsSchema } from '../../src/domain/environment.js';
import { gatewayTerms, meshTerms } from '../../src/domain/expressible.js';

/** Who vouches for the tokens of the cases. */
export interface Issuing {
  readonly issuer: string;
  readonly audience: string;
}

/** Verified attributes of the cases and the claims they come from: plain, nested, and a name full of dots. */
const PAIRS = [
  { attribute: 'groups', claim: ['groups'] },
  { attribute: 'email', claim: ['email'] },
  { attribute: 'team', claim: ['realm', 'team'] },
  { attribute: 'level', claim: ['https://example.com/level'] },
];

const verified = (attribute: string, operator: 'equals' | 'in' | 'endsWith', value: Json): Condition => ({
  attribute: ['verified', attribute],
  operator,
  value,
});

const segment = (key: string, ...rules: readonly Condition[]): Segment => ({
  key,
  description: '',
  rules,
  included: [],
  excluded: [],
});

export const SEGMENTS: readonly Segment[] = [
  segment('employees', verified('groups', 'equals', 'employees')),
  segment('partners', verified('email', 'endsWith', '@partner.example')),
  segment('insiders', verified('team', 'in', ['core', 'c.re']), verified('level', 'equals', 'gold')),
  segment(
    'inner-circle',
    { all: [{ operator: 'inSegment', value: 'employees' }, verified('team', 'equals', 'core')] },
    { operator: 'inSegment', value: 'partners' },
  ),
];

/** The environment of the cases. */
export function randomDocuments({ issuer, audience }: Issuing): Documents {
  const settings = settingsSchema.parse({
    identity: { issuer, audience, jwks: { keys: [{ kty: 'RSA' }] }, pairs: PAIRS },
  });
  return new Documents([
    { kind: 'settings', key: 'environment', revision: 1, value: settings },
    ...SEGMENTS.map((value) => ({ kind: 'segment' as const, key: value.key, revision: 2, value })),
  ]);
}

const TEXTS = ['', 'gold', 'gold-plus', 'silver', 'eu', 'e.u', 'a+b'];
const NAMES = ['x-plan', 'x-region'];
const COOKIES = ['tier', 'lab'];
const PARAMETERS = ['page', 'tab'];

const text = fc.constantFrom(...TEXTS);
const some = fc.constantFrom(...TEXTS.slice(1));
const asking = fc.oneof(
  fc.record({
    operator: fc.constantFrom('equals', 'startsWith', 'endsWith', 'contains' as const),
    value: some,
  }),
  fc.record({ operator: fc.constant('in' as const), value: fc.uniqueArray(some, { minLength: 1 }) }),
  fc.record({
    operator: fc.constant('matches' as const),
    value: fc.constantFrom('^go', 'u$', 'l[dv]', '^$'),
  }),
  fc.record({ operator: fc.constant('exists' as const), value: fc.boolean() }),
);
const place = fc.oneof(
  fc.constantFrom(...NAMES).map((name) => ['request', 'headers', name]),
  fc.constantFrom(...COOKIES).map((name) => ['request', 'cookies', name]),
  fc.constantFrom(...PARAMETERS).map((name) => ['request', 'query', name]),
);
const PATHS = ['/', '/cart', '/cart/', '/cart/items', '/carts', '/pay'];
const METHODS = ['GET', 'POST', 'PUT'];
const ofPlace = fc.tuple(place, asking).map(([attribute, test]): Condition => ({ attribute, ...test }));
const askingOf = (texts: readonly string[], patterns: readonly string[]) =>
  fc.oneof(
    fc.record({
      operator: fc.constantFrom('equals', 'startsWith', 'endsWith', 'contains' as const),
      value: fc.constantFrom(...texts),
    }),
    fc.record({ operator: fc.constant('in' as const), value: fc.subarray([...texts], { minLength: 1 }) }),
    fc.record({ operator: fc.constant('matches' as const), value: fc.constantFrom(...patterns) }),
  );
const ofLine = fc.oneof(
  askingOf(PATHS, ['^/cart', 's/?$', '^/c.+t$']).map((test): Condition => ({
    attribute: ['request', 'path'],
    ...test,
  })),
  askingOf(METHODS, ['^P', 'T$']).map((test): Condition => ({ attribute: ['request', 'method'], ...test })),
);
const ofRequest = fc.oneof({ arbitrary: ofPlace, weight: 2 }, { arbitrary: ofLine, weight: 1 });
const ofSegment = fc
  .constantFrom(...SEGMENTS.map(({ key }) => key))
  .map((value): Condition => ({ operator: 'inSegment', value }));

const condition = fc.letrec<{ tree: Condition; test: Condition }>((tie) => ({
  test: fc.oneof({ arbitrary: ofSegment, weight: 3 }, { arbitrary: ofRequest, weight: 4 }),
  tree: fc.oneof(
    { maxDepth: 2 },
    { arbitrary: tie('test'), weight: 4 },
    { arbitrary: fc.array(tie('tree'), { maxLength: 3 }).map((all) => ({ all })), weight: 3 },
    { arbitrary: fc.array(tie('tree'), { maxLength: 3 }).map((any) => ({ any })), weight: 3 },
    { arbitrary: tie('tree').map((not) => ({ not })), weight: 1 },
  ),
})).tree;

const version = fc.constantFrom('v1', 'v2', 'v3');
const user = fc.integer({ min: 0, max: 30 }).map((id) => `user-${id}`);

/** Where one arm ends and the next begins: anywhere, at the ends, and just below or above a user's own bucket. */
const cut = (salt: string) =>
  fc.oneof(
    fc.constantFrom(0, 1, 9_999, ROUTE_WEIGHT_TOTAL),
    fc.integer({ min: 0, max: ROUTE_WEIGHT_TOTAL }),
    fc
      .tuple(user, fc.constantFrom(0, 1))
      .map(([key, above]) => bucket(salt, key, ROUTE_WEIGHT_TOTAL) + above),
  );

const split = (salt: string) =>
  fc
    .record({
      cuts: fc.array(cut(salt), { maxLength: 3 }),
      versions: fc.array(version, { minLength: 4, maxLength: 4 }),
      otherwise: version,
    })
    .chain(({ cuts, versions, otherwise }) => {
      const limits = [0, ...cuts.sort((a, b) => a - b), ROUTE_WEIGHT_TOTAL];
      const arms = limits.slice(1).map((limit, index) => ({
        version: versions[index] ?? 'v1',
        weight: limit - (limits[index] ?? 0),
      }));
      return fc.constantFrom(
        { arms },
        { arms, otherwise: { arm: otherwise } },
        { arms, otherwise: 'weights' as const },
      );
    });

const serve = (salt: string) =>
  fc.oneof(
    version.map((version) => ({ version })),
    split(salt).map((split) => ({ split })),
  );

function isExpressible(route: Route, documents: Documents): boolean {
  return route.rules.every(
    ({ condition }) =>
      'terms' in meshTerms(condition) &&
      (route.gateways.length === 0 || 'terms' in gatewayTerms(condition, documents)),
  );
}

const AT_GATEWAY = [{ name: 'shop/public', hosts: ['checkout.example.com'] }];

function saltedRoute(salt: string): fc.Arbitrary<Route> {
  return fc
    .record({
      rules: fc.array(fc.record({ condition, serve: serve(salt) }), { minLength: 1, maxLength: 4 }),
      gateways: fc.constantFrom([], AT_GATEWAY, AT_GATEWAY),
      default: version,
      closed: fc.oneof({ arbitrary: fc.constant(null), weight: 19 }, { arbitrary: version, weight: 1 }),
    })
    .map(({ rules, ...rest }) => ({
      ...rest,
      key: 'checkout',
      description: '',
      service: 'checkout.shop.svc.cluster.local',
      port: 80,
      mesh: true,
      versions: { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' } },
      salt,
      bucketBy: ['targetingKey'],
      rules: rules.map((rule, index) => ({ id: `rule-${index}`, ...rule })),
    }));
}

/** Routes with up to four rules that the mesh can express, at a gateway and inside, or inside alone. */
export function randomRoute(issuing: Issuing): fc.Arbitrary<Route> {
  const documents = randomDocuments(issuing);
  return fc
    .oneof(...['checkout', 's3', 'Käse:1'].map(saltedRoute))
    .filter((route) => isExpressible(route, documents));
}

/** Somebody who asks: by which key, with which headers and cookies, and with whose token. */
export interface RandomRequest {
  readonly user: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly headers: { readonly [name: string]: string };
  readonly cookies: { readonly [name: string]: string };
  readonly token: {
    /** `partner`: another issuer that the gateway trusts as well, whose word counts for nothing. */
    readonly by: 'own' | 'partner';
    readonly claims: { readonly [claim: string]: Json };
  } | null;
}

const claims = fc
  .record(
    {
      groups: fc.uniqueArray(fc.constantFrom('employees', 'staff', 'beta')),
      email: fc.constantFrom('a@partner.example', 'b@shop.example'),
      team: fc.constantFrom('core', 'c.re', 'care'),
      level: fc.constantFrom('gold', 'silver'),
    },
    { requiredKeys: [] },
  )
  .map(({ team, level, ...plain }): { [claim: string]: Json } => ({
    ...plain,
    ...(team !== undefined && { realm: { team } }),
    ...(level !== undefined && { 'https://example.com/level': level }),
  }));

function dictionary(names: readonly string[], value: fc.Arbitrary<string>) {
  const entry = fc.tuple(fc.constantFrom(...names), value);
  return fc.array(entry, { maxLength: names.length }).map((entries) => Object.fromEntries(entries));
}

/** Requests of subjects with a key, so that every one has a bucket. */
export const randomRequest: fc.Arbitrary<RandomRequest> = fc.record({
  user,
  method: fc.constantFrom(...METHODS),
  path: fc.constantFrom(...PATHS),
  query: dictionary([...PARAMETERS, 'pages'], fc.constantFrom('', 'gold', 'silver', 'eu', 'e.u')),
  headers: dictionary(NAMES, text),
  cookies: dictionary(COOKIES, text),
  token: fc.option(fc.record({ by: fc.constantFrom('own', 'own', 'own', 'partner' as const), claims })),
});

/** What a service that checked the token knows of the request. */
export function contextOf({ user, token, ...request }: RandomRequest): EvaluationContext {
  const known = { targetingKey: user, request };
  if (token?.by !== 'own') return known;
  const { realm, 'https://example.com/level': level, ...plain } = token.claims;
  const { team } = (realm ?? {}) as { team?: Json };
  return {
    ...known,
    verified: { ...plain, ...(team !== undefined && { team }), ...(level !== undefined && { level }) },
  };
}

/** The request's path and query as they go over the wire. */
export function wirePath({ path, query }: RandomRequest): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
}

/** The request's own headers as they go over the wire. */
export function wireHeaders({ headers, cookies }: RandomRequest): Record<string, string> {
  const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return { ...headers, ...(pairs.length > 0 && { cookie: pairs.join('; ') }) };
}
