import type { AttributeTest, Condition } from '@tidegate/sdk/engine';
import type { Documents } from '../documents.js';
import type { Identity } from '../environment.js';
import { Problem } from '../problem.js';
import { SEGMENT_HEADER } from '../route-table.js';
import type { ClaimMatch, HeaderMatch, RequestMatch } from '../route-table.js';
import { EVERY_REQUEST } from './request-match.js';

type Terms = readonly RequestMatch[];
type Leaf = (test: Exclude<Condition, { all: unknown } | { any: unknown } | { not: unknown }>) => Terms;

function merge(a: RequestMatch, b: RequestMatch): RequestMatch {
  return {
    headers: [...a.headers, ...b.headers],
    without: [...a.without, ...b.without],
    claims: [...a.claims, ...b.claims],
  };
}

function both(left: Terms, right: Terms): Terms {
  return left.flatMap((a) => right.map((b) => merge(a, b)));
}

function terms(condition: Condition, leaf: Leaf): Terms {
  if ('all' in condition)
    return condition.all.map((child) => terms(child, leaf)).reduce(both, [EVERY_REQUEST]);
  if ('any' in condition) return condition.any.flatMap((child) => terms(child, leaf));
  if ('not' in condition) throw refused('a negation');
  return leaf(condition);
}

function refused(what: string): Problem {
  return new Problem('NOT_EXPRESSIBLE', `The mesh can't express ${what}.`, { field: 'condition' });
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function textMatch(test: AttributeTest): { kind: 'exact' | 'regex'; value: string } {
  if (test.operator === 'equals' && typeof test.value === 'string')
    return { kind: 'exact', value: test.value };
  if (test.operator === 'contains' && typeof test.value === 'string')
    return { kind: 'regex', value: `.*${literal(test.value)}.*` };
  if (test.operator === 'in' && Array.isArray(test.value))
    return { kind: 'regex', value: test.value.map((item) => literal(String(item))).join('|') };
  throw refused(`"${test.operator}" of this value`);
}

function headerTerms(test: AttributeTest): Terms {
  const [place, kind, name] = test.attribute;
  if (place !== 'request' || kind !== 'headers' || name === undefined) {
    throw refused(`a condition on ${test.attribute.join('.')}`);
  }
  return [{ ...EVERY_REQUEST, headers: [{ ...textMatch(test), name }] }];
}

/** The terms of a condition inside the mesh, where `x-tg-s` lists the caller's segments. */
export function meshTerms(condition: Condition): Terms {
  return terms(condition, (test) => {
    if (test.operator !== 'inSegment') return headerTerms(test);
    const header: HeaderMatch = {
      kind: 'regex',
      name: SEGMENT_HEADER,
      value: `(?:.*,)?${literal(test.value)}(?:,.*)?`,
    };
    return [{ ...EVERY_REQUEST, headers: [header] }];
  });
}

function claimTerms(test: AttributeTest, identity: Identity | null): Terms {
  const pair = identity?.pairs.find(({ attribute }) => attribute === test.attribute[1]);
  if (!identity || !pair) throw refused(`${test.attribute.join('.')}, which has no claim`);
  const claims: ClaimMatch[] = [
    { claim: ['iss'], kind: 'exact', value: identity.issuer },
    ...(identity.audience === null
      ? []
      : [{ claim: ['aud'], kind: 'exact' as const, value: identity.audience }]),
    { claim: pair.claim, ...textMatch(test) },
  ];
  return [{ ...EVERY_REQUEST, claims }];
}

/** The terms of a condition at a gateway, where segments are known by the claims of a verified token alone. */
export function gatewayTerms(condition: Condition, documents: Documents): Terms {
  const identity = documents.value('settings', 'environment')?.identity ?? null;
  return terms(condition, (test) => {
    if (test.operator !== 'inSegment') {
      return test.attribute[0] === 'verified' ? claimTerms(test, identity) : headerTerms(test);
    }
    const segment = documents.value('segment', test.value);
    if (!segment) return [];
    if (segment.included.length + segment.excluded.length > 0)
      throw refused(`segment ${segment.key}, which lists keys,`);
    return segment.rules.flatMap((rule) => gatewayTerms(rule, documents));
  });
}
