import type { AttributePath, AttributeTest } from '@tidegate/sdk/engine';
import type { Identity } from './environment.js';
import { type MeshTerm, fits, listing, termOf } from './mesh-term.js';
import { OPERATORS } from './operators/all.js';
import { literal } from './operators/literal.js';
import type { TextMatch } from './operators/operator.js';
import { BUCKET_HEADER, type ClaimMatch, SEGMENT_HEADER } from './route-table.js';

/** Ways to match a request, any of which will do (none: no request), or why the mesh has none. */
export type Ways = { readonly terms: readonly MeshTerm[] } | { readonly reason: string };

/** HTTP field names in lower case. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const OWN_HEADERS = new Set([BUCKET_HEADER, SEGMENT_HEADER]);

/** A test of the request itself: a header or a cookie; `denied` for the opposite. */
export function requestWays(test: AttributeTest, denied: boolean): Ways {
  const [, place, name, ...more] = test.attribute;
  if (name === undefined || more.length > 0) return unknownPlace(test.attribute);
  if (place === 'headers') return headerWays(test, name, denied);
  return place === 'cookies' ? cookieWays(test, name, denied) : unknownPlace(test.attribute);
}

/** A test of anything that the mesh does not see. */
export function unknownPlace(attribute: AttributePath): { reason: string } {
  return {
    reason: `asks for ${attribute.join('.')}, and the mesh knows only segments, request.headers.<name> and request.cookies.<name>`,
  };
}

function headerWays(test: AttributeTest, name: string, denied: boolean): Ways {
  if (OWN_HEADERS.has(name)) return { reason: `asks for ${name}, which Tidegate itself writes` };
  if (!HEADER_NAME.test(name))
    return { reason: `asks for the header "${name}"; names of headers are written in lower case` };
  if (name === 'host') return { reason: 'asks for the header host; use the hosts of a gateway' };
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
  const form = OPERATORS[test.operator].cookieForm(test.value);
  if ('reason' in form) return meshless(test, form.reason);
  const matches = 'anyOf' in form ? form.anyOf : form.noneOf;
  const values = matches.map((match) => (match.kind === 'present' ? '[^;]*' : match.value));
  if (denied !== 'anyOf' in form)
    return { terms: values.map((value) => termOf({ cookies: new Map([[name, { value }]]) })) };
  const without = values.map((value) => ({
    kind: 'regex' as const,
    value: listing([`${literal(name)}=${value}`], ';'),
  }));
  return { terms: [termOf({ without: new Map([['cookie', without]]) })] };
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
