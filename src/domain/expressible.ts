import type { AttributeTest, Condition, SegmentTest } from '@tidegate/sdk/engine';
import type { Documents } from './documents.js';
import { fieldOf } from './issue-errors.js';
import { type Membership, assume } from './membership.js';
import { type Ways, claimWays, issuerTerm, requestWays, unknownPlace } from './mesh-leaf.js';
import { type MeshTerm, join, listing, requestMatch, termOf } from './mesh-term.js';
import { literal } from './operators/literal.js';
import { fitsProxy } from './proxy-pattern.js';
import { type RequestMatch, SEGMENT_HEADER } from './route-table.js';

/** Most ways that one condition may be written in. */
export const MOST_TERMS = 64;

/**
 * A condition in the mesh's words: it holds when any of `terms` does (none: for no request), or why there are no such
 * words, as the rest of a sentence about the condition, and where in the condition, as a dotted path.
 */
export type Expressed =
  { readonly terms: readonly RequestMatch[] } | { readonly reason: string; readonly field: string };

type Inexpressible = Extract<Expressed, { readonly reason: string }>;
type Spelled = { readonly terms: readonly MeshTerm[] } | Inexpressible;
type Test = AttributeTest | SegmentTest;
type Leaf = (test: Test, denied: boolean, field: string) => Spelled;

/** A path that was written as one text is the most frequent slip. */
function partsHint([first = '', ...rest]: readonly string[]): string {
  const dotted = rest.length === 0 && /^(?:request|verified)\../.test(first);
  return dotted ? `; write the attribute as its parts, ${JSON.stringify(first.split('.'))}` : '';
}

/** At a gateway, where segments are known only by the claims of a verified token and no `x-tg-s` is believed. */
export function gatewayTerms(condition: Condition, documents: Documents): Expressed {
  const identity = documents.value('settings', 'environment')?.identity ?? null;
  const claims: Leaf = (test, denied, field) => {
    if (test.operator === 'inSegment') return segment(test, denied, field);
    if (test.attribute[0] === 'verified') return placed(claimWays(test, identity, denied), field);
    return {
      reason: `asks for ${test.attribute.join('.')}, which is not verified${partsHint(test.attribute)}`,
      field,
    };
  };
  const open = new Set<string>();
  const segment = (test: SegmentTest, denied: boolean, field: string): Spelled => {
    const found = documents.value('segment', test.value);
    const name = `names the segment "${test.value}", which`;
    if (found === undefined || open.has(test.value)) return { reason: `${name} does not exist`, field };
    if (found.included.length + found.excluded.length > 0)
      return { reason: `${name} lists keys, and a gateway knows only claims`, field };
    open.add(test.value);
    const spelled = spell({ any: found.rules }, { denied, field: '', leaf: claims });
    open.delete(test.value);
    return 'reason' in spelled ? { reason: `${name} ${spelled.reason}`, field } : spelled;
  };
  const spelled = spell(condition, {
    denied: false,
    field: '',
    leaf: (test, denied, field) =>
      test.operator !== 'inSegment' && test.attribute[0] === 'request'
        ? placed(requestWays(test, denied), field)
        : claims(test, denied, field),
  });
  if ('reason' in spelled) return spelled;
  const proven = spelled.terms.map((term) =>
    term.claims.size === 0 || identity === null ? term : join(term, issuerTerm(identity)),
  );
  return written(proven.filter((term) => term !== 'never'));
}

/** Inside the mesh, where services pass the caller's segments on in `x-tg-s`. */
export function meshTerms(condition: Condition): Expressed {
  const spelled = spell(condition, {
    denied: false,
    field: '',
    leaf: (test, denied, field) => {
      if (test.operator === 'inSegment') return { terms: [segmentTerm(test.value, denied)] };
      if (test.attribute[0] === 'request') return placed(requestWays(test, denied), field);
      if (test.attribute[0] !== 'verified') return { ...unknownPlace(test.attribute), field };
      const path = test.attribute.join('.');
      return { reason: `asks for ${path}, which only a gateway knows; put it into a segment`, field };
    },
  });
  return 'reason' in spelled ? spelled : written(spelled.terms);
}

/** In a delegate, where a root has told the callers apart and no claim can be asked for. */
export function delegateTerms(condition: Condition, membership: Membership): Expressed {
  const spelled = spell(assume(condition, membership), {
    denied: false,
    field: '',
    leaf: (test, denied) => {
      if (test.operator === 'inSegment') return { reason: untold(test.value, membership), field: '' };
      if (test.attribute[0] === 'request') return placed(requestWays(test, denied), '');
      if (test.attribute[0] !== 'verified') return { ...unknownPlace(test.attribute), field: '' };
      const path = test.attribute.join('.');
      return { reason: `asks for ${path}, which only the root knows; put it into a segment`, field: '' };
    },
  });
  return 'reason' in spelled ? spelled : written(spelled.terms);
}

function untold(segment: string, { in: first }: Membership): string {
  return first === null
    ? `names the segment "${segment}", which the root does not tell apart; list it in audiences`
    : `asks whether callers of "${first}" are in "${segment}", too; list that in audiences, above "${first}"`;
}

function segmentTerm(segment: string, denied: boolean): MeshTerm {
  if (!denied) return termOf({ segments: new Set([segment]) });
  const match = { kind: 'regex' as const, value: listing([literal(segment)], ',') };
  return termOf({ without: new Map([[SEGMENT_HEADER, [match]]]) });
}

function placed(ways: Ways, field: string): Spelled {
  return 'reason' in ways ? { reason: ways.reason, field } : ways;
}

interface Spelling {
  readonly denied: boolean;
  readonly field: string;
  readonly leaf: Leaf;
}

/** As any of several terms; what is denied is carried down to the tests. */
function spell(condition: Condition, spelling: Spelling): Spelled {
  const { denied, field, leaf } = spelling;
  if ('not' in condition)
    return spell(condition.not, { denied: !denied, field: fieldOf(field, ['not']), leaf });
  if ('all' in condition) return (denied ? either : together)(condition.all, 'all', spelling);
  if ('any' in condition) return (denied ? together : either)(condition.any, 'any', spelling);
  return leaf(condition, denied, field);
}

type Group = (conditions: readonly Condition[], word: 'all' | 'any', spelling: Spelling) => Spelled;

const either: Group = (conditions, word, spelling) => {
  const terms: MeshTerm[] = [];
  for (const [index, condition] of conditions.entries()) {
    const field = fieldOf(spelling.field, [word, index]);
    const spelled = spell(condition, { ...spelling, field });
    if ('reason' in spelled) return spelled;
    terms.push(...spelled.terms);
    if (terms.length > MOST_TERMS) return tooMany(spelling.field);
  }
  return { terms };
};

const together: Group = (conditions, word, spelling) => {
  let terms: readonly MeshTerm[] = [termOf()];
  for (const [index, condition] of conditions.entries()) {
    const field = fieldOf(spelling.field, [word, index]);
    const spelled = spell(condition, { ...spelling, field });
    if ('reason' in spelled) return spelled;
    const joined = crossed(terms, spelled.terms);
    if ('reason' in joined) return { reason: joined.reason, field };
    if (joined.terms.length > MOST_TERMS) return tooMany(spelling.field);
    terms = joined.terms;
  }
  return { terms };
};

function crossed(left: readonly MeshTerm[], right: readonly MeshTerm[]): Ways {
  const terms: MeshTerm[] = [];
  for (const a of left) {
    for (const b of right) {
      const joined = join(a, b);
      if (joined === 'never') continue;
      if ('reason' in joined) return joined;
      terms.push(joined);
    }
  }
  return { terms };
}

function tooMany(field: string): Inexpressible {
  return { reason: `has more than ${MOST_TERMS} ways to be true; split it into several rules`, field };
}

function isTooLarge(match: { readonly kind: string; readonly value?: string }): boolean {
  return match.kind === 'regex' && !fitsProxy(match.value ?? '');
}

function written(terms: readonly (MeshTerm | { readonly reason: string })[]): Expressed {
  const matches = new Map<string, RequestMatch>();
  for (const term of terms) {
    const match = 'reason' in term ? term : requestMatch(term);
    if ('reason' in match) return { reason: match.reason, field: '' };
    const { headers, without, claims, query = [], path, method } = match;
    const large = [...headers, ...without, ...claims, ...query, path, method].some(
      (part) => part !== undefined && isTooLarge(part),
    );
    if (large) return { reason: 'asks for more text than a proxy takes in one pattern', field: '' };
    matches.set(JSON.stringify(match), match);
  }
  return matches.size > MOST_TERMS ? tooMany('') : { terms: [...matches.values()] };
}
