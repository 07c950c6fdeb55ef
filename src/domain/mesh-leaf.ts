import type { AttributePath, AttributeTest } from '@tidegate/sdk/engine';
import type { Identity } from './environment.js';
import { type MeshTerm, fits, listing, termOf } from './mesh-term.js';
import { OPERATORS } from './operators/all.js';
import { textOf } from './operators/text-operator.js';
import { literal } from './operators/literal.js';
import type { ClaimTextMatch, TextMatch } from './operators/operator.js';
import {
  COOKIE,
  DENIED_PATH,
  HOST,
  METHOD,
  PATH,
  QUERY,
  type RequestPart,
} from './operators/request-part.js';
import {
  BUCKET_HEADER,
  type ClaimMatch,
  HOST_FIELD,
  METHOD_FIELD,
  PATH_FIELD,
  SEGMENT_HEADER,
} from './route-table.js';

/** Ways to match a request, any of which will do (none: no request), or why the mesh has none. */
export type Ways = { readonly terms: readonly MeshTerm[] } | { readonly reason: string };

/** HTTP field names in lower case. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const QUERY_NAME = /^[A-Za-z0-9._-]+$/;
const OWN_HEADERS = new Set([BUCKET_HEADER, SEGMENT_HEADER]);

/** A test of the request itself: a header, a cookie, a parameter, its path or method; `denied` for the opposite. */
export function requestWays(test: AttributeTest, denied: boolean): Ways {
  const [, place = '', ...names] = test.attribute;
  const ask = Object.hasOwn(PLACES, place) ? PLACES[place] : undefined;
  const [name = ''] = names;
  if (ask === undefined || names.length !== (WHOLE_PLACES.has(place) ? 0 : 1))
    return unknownPlace(test.attribute);
  return ask(test, name, denied);
}

type Ask = (test: AttributeTest, name: string, denied: boolean) => Ways;

/** Places that have one text, and none by name. */
const WHOLE_PLACES = new Set(['path', 'method', 'host']);
const PLACES: { readonly [place: string]: Ask } = {
  headers: headerWays,
  cookies: cookieWays,
  query: queryWays,
  path: pathWays,
  method: methodWays,
  host: hostWays,
};

/** A test of anything that the mesh does not see. */
export function unknownPlace(attribute: AttributePath): { reason: string } {
  return {
    reason: `asks for ${attribute.join('.')}, and the mesh knows only segments, request.host, request.method, request.path, and request.headers, request.cookies and request.query with one name`,
  };
}

function headerWays(test: AttributeTest, name: string, denied: boolean): Ways {
  if (OWN_HEADERS.has(name)) return { reason: `asks for ${name}, which Tidegate itself writes` };
  if (!HEADER_NAME.test(name))
    return { reason: `asks for the header "${name}"; names of headers are written in lower case` };
  if (name === 'host') return { reason: 'asks for the header host; ask for request.host' };
  const form = OPERATORS[test.operator].headerForm(test.value);
  if ('reason' in form) return meshless(test, form.reason);
  const matches = 'anyOf' in form ? form.anyOf : form.noneOf;
  return { terms: denied === 'anyOf' in form ? lacking(name, matches) : having(name, matches) };
}

function having(name: string, matches: readonly TextMatch[]): MeshTerm[] {
  return matches.map((match) => termOf({ headers: new Map([[name, match]]) }));
}

/** `without` reads a missing header as an empty one; where a match fits that too, its absence is a way of its own. */
function lacking(name: string, matches: readonly TextMatch[]): MeshTerm[] {
  const without = termOf({ without: new Map([[name, matches]]) });
  const absent = termOf({ without: new Map([[name, [{ kind: 'present' as const }]]]) });
  const fitsNothing = matches.some((match) => match.kind !== 'present' && fits('', match));
  return fitsNothing ? [absent, without] : [without];
}

function cookieWays(test: AttributeTest, name: string, denied: boolean): Ways {
  if (!COOKIE_NAME.test(name)) return { reason: `asks for "${name}", which is no name of a cookie` };
  const form = OPERATORS[test.operator].partForm(test.value, COOKIE);
  if ('reason' in form) return meshless(test, form.reason);
  const matches = 'anyOf' in form ? form.anyOf : form.noneOf;
  const values = matches.map((match) => patternOf(match, COOKIE));
  if (denied !== 'anyOf' in form)
    return { terms: values.map((value) => termOf({ cookies: new Map([[name, { value }]]) })) };
  const without = values.map((value) => ({
    kind: 'regex' as const,
    value: listing([`${literal(name)}=${value}`], ';'),
  }));
  return { terms: [termOf({ without: new Map([['cookie', without]]) })] };
}

/** What a part must read, as a pattern. */
function patternOf(match: TextMatch, { run }: RequestPart): string {
  if (match.kind === 'present') return run;
  return match.kind === 'regex' ? match.value : literal(match.value);
}

/** The mesh reads the first of several parameters of a name. It can't be denied a parameter, so the path's text is. */
function queryWays(test: AttributeTest, name: string, denied: boolean): Ways {
  if (!QUERY_NAME.test(name)) return { reason: `asks for "${name}", which no query can name unencoded` };
  const form = OPERATORS[test.operator].partForm(test.value, QUERY);
  if ('reason' in form) return meshless(test, form.reason);
  const matches = 'anyOf' in form ? form.anyOf : form.noneOf;
  if (denied !== 'anyOf' in form)
    return { terms: matches.map((match) => termOf({ query: new Map([[name, match]]) })) };
  const without = matches.map((match) => {
    const value = `=${patternOf(match, QUERY)}`;
    const parameter = `${literal(name)}${match.kind === 'present' ? `(?:${value})?` : value}`;
    return { kind: 'regex' as const, value: `[^?]*\\?(?:.*&)?${parameter}(?:&.*)?` };
  });
  return { terms: [termOf({ without: new Map([[PATH_FIELD, without]]) })] };
}

type Texts = { readonly anyOf: readonly ClaimTextMatch[] } | { readonly reason: string };

/** What a part that every request has must read. */
function textsOf(test: AttributeTest, part: RequestPart): Texts {
  const form = OPERATORS[test.operator].partForm(test.value, part);
  if ('reason' in form) return meshless(test, form.reason);
  const anyOf = 'anyOf' in form ? form.anyOf.filter((match) => match.kind !== 'present') : [];
  return anyOf.length > 0 ? { anyOf } : meshless(test, 'of what every request has');
}

function pathWays(test: AttributeTest, _name: string, denied: boolean): Ways {
  const { operator, value } = test;
  const begins = operator === 'equals' || operator === 'startsWith';
  if (begins && typeof value === 'string' && !value.startsWith('/'))
    return meshless(test, 'of a text that does not begin with "/"');
  const texts = textsOf(test, denied ? DENIED_PATH : PATH);
  if ('reason' in texts) return texts;
  if (denied) return { terms: [withoutPath(texts.anyOf)] };
  if (operator !== 'startsWith') return { terms: texts.anyOf.map((path) => termOf({ path })) };
  return { terms: [termOf({ path: { kind: 'prefix', value: textOf(value) } })] };
}

/** Where it is denied, the path stands with its query. */
function withoutPath(texts: readonly ClaimTextMatch[]): MeshTerm {
  const without = texts.map((match) => ({
    kind: 'regex' as const,
    value: `${patternOf(match, DENIED_PATH)}(?:\\?.*)?`,
  }));
  return termOf({ without: new Map([[PATH_FIELD, without]]) });
}

function methodWays(test: AttributeTest, _name: string, denied: boolean): Ways {
  const texts = textsOf(test, METHOD);
  if ('reason' in texts) return texts;
  if (denied) return { terms: [termOf({ without: new Map([[METHOD_FIELD, texts.anyOf]]) })] };
  return { terms: texts.anyOf.map((method) => termOf({ method })) };
}

/** The host of a request may come with a port, which is none of its name. */
function hostWays(test: AttributeTest, _name: string, denied: boolean): Ways {
  const texts = textsOf(test, HOST);
  if ('reason' in texts) return texts;
  const matches = texts.anyOf.map((match) => ({
    kind: 'regex' as const,
    value: `(?:${patternOf(match, HOST)})(?::\\d+)?`,
  }));
  return { terms: denied ? lacking(HOST_FIELD, matches) : having(HOST_FIELD, matches) };
}

/** A test of a verified attribute, as matches on the claim that vouches for it. A claim can't be denied. */
export function claimWays(test: AttributeTest, identity: Identity | null, denied: boolean): Ways {
  const [, attribute = '', ...more] = test.attribute;
  const pair = identity?.pairs.find((one) => one.attribute === attribute && more.length === 0);
  if (identity === null || pair === undefined) {
    const path = test.attribute.join('.');
    return { reason: `asks for ${path}, which has no claim in the identity setting of the environment` };
  }
  if (pair.claim.some((name) => /[[\]]/.test(name)))
    return {
      reason: `asks for the claim ${pair.claim.join('.')}, which the mesh can't spell for its brackets`,
    };
  if (denied) return { reason: 'asks who does not have a claim, and a gateway can ask only who has it' };
  const form = OPERATORS[test.operator].claimForm(test.value);
  if ('reason' in form) return meshless(test, form.reason);
  if ('noneOf' in form) return meshless(test, 'of a claim');
  return {
    terms: form.anyOf.map((match) => termOf({ claims: claimMap([{ ...match, claim: pair.claim }]) })),
  };
}

/** The claims that prove who issued a token, and for whom: without them another trusted issuer could vouch. */
export function issuerTerm({ issuer, audience }: Identity): MeshTerm {
  const claims: ClaimMatch[] = [{ kind: 'exact', claim: ['iss'], value: issuer }];
  if (audience !== null) claims.push({ kind: 'exact', claim: ['aud'], value: audience });
  return termOf({ claims: claimMap(claims) });
}

function claimMap(claims: readonly ClaimMatch[]): ReadonlyMap<string, ClaimMatch> {
  return new Map(claims.map((claim) => [JSON.stringify(claim.claim), claim]));
}

function meshless(test: AttributeTest, reason: string): { reason: string } {
  return {
    reason: `uses "${test.operator}" on ${test.attribute.join('.')}, and the mesh can't ask that ${reason}`,
  };
}
