import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Condition,
  compile,
  type EvaluationContext,
  type Route,
  type Segment,
  type Snapshot,
} from '../engine/index.js';
import { sampleRoute, sampleSegment } from '../../../test/support/sample-documents.js';
import { PrivateAttributes } from './private-attributes.js';
import { routePartsOf, writeRouteHeaders } from './route-headers.js';

function route(key: string, ...conditions: Condition[]): Route {
  return sampleRoute(key, {
    salt: key,
    rules: conditions.map((condition, i) => ({ id: `r${i}`, condition, serve: { version: 'v2' } })),
  });
}

const staff: Condition = { operator: 'inSegment', value: 'staff' };
const beta: Condition = { operator: 'inSegment', value: 'beta' };
const snapshot: Snapshot = {
  environment: 'production',
  epoch: 'e',
  revision: 1,
  flags: [],
  segments: [
    sampleSegment('staff', { included: ['ann'] }),
    sampleSegment('beta', { included: ['ann', 'bob'] }),
    sampleSegment('unused', { included: ['ann'] }),
  ],
  routes: [route('checkout', { all: [{ not: staff }, { any: [beta] }] }), route('search')],
  events: {},
};
const engine = compile(snapshot);

const all = routePartsOf(snapshot);

describe('routePartsOf', () => {
  it('finds segments at any depth of a condition, each once, and no others', () => {
    expect(all).toEqual({ routes: ['checkout', 'search'], segments: ['beta', 'staff'], withheld: [] });
  });
});

describe('routePartsOf, with private attributes', () => {
  const tests = (attribute: string[]): Condition => ({ attribute, operator: 'exists', value: true });
  const ruled = (key: string, ...rules: Condition[]): Segment => sampleSegment(key, { rules });
  const named = (value: string): Condition => ({ operator: 'inSegment', value });
  const given: Snapshot = {
    ...snapshot,
    segments: [
      ruled('by-email', { any: [{ not: tests(['email']) }] }),
      ruled('by-segment', { all: [named('by-email')] }),
      ruled('by-plan', tests(['plan'])),
      ruled('by-verified', tests(['verified', 'email'])),
      sampleSegment('listed', { included: ['ann'] }),
    ],
    routes: [
      route('a', named('by-segment'), named('by-plan'), named('by-verified'), named('listed')),
      { ...route('b'), bucketBy: ['account', 'id'] },
    ],
  };

  it.each<[string, string[][], string[]]>([
    ['nothing hidden', [], []],
    ['what no rule asks for', [['phone'], ['verified', 'phone'], ['account', 'name']], []],
    ['an attribute, through segments that name segments', [['email']], ['segment/by-segment']],
    ['all below a path', [['verified']], ['segment/by-verified']],
    ['a path', [['verified', 'email']], ['segment/by-verified']],
    ['what a bucket goes by', [['account', 'id', 'x']], ['route/b']],
    ['the key, which buckets and lists go by', [['targetingKey']], ['route/a', 'segment/listed']],
  ])('withholds for %s', (_, hidden, withheld) => {
    const parts = routePartsOf(given, new PrivateAttributes(hidden));
    expect(parts.withheld).toEqual(withheld);
    const open = [
      'route/a',
      'route/b',
      ...['by-plan', 'by-segment', 'by-verified', 'listed'].map((key) => `segment/${key}`),
    ];
    const told = [
      ...parts.routes.map((key) => `route/${key}`),
      ...parts.segments.map((key) => `segment/${key}`),
    ];
    expect(told).toEqual(open.filter((part) => !withheld.includes(part)));
  });

  it('makes headers that are the same whatever the private attributes are', () => {
    const parts = routePartsOf(given, new PrivateAttributes([['email'], ['verified'], ['account']]));
    const anything = fc.option(
      fc.oneof(fc.string(), fc.dictionary(fc.constantFrom('email', 'id'), fc.string())),
    );
    const hidden = fc.record({ email: anything, verified: anything, account: anything });
    const open = fc.record({ targetingKey: fc.string(), plan: anything });
    const compiled = compile(given);
    fc.assert(
      fc.property(open, hidden, hidden, (context, one, other) => {
        const write = (attributes: object) =>
          writeRouteHeaders(compiled, parts, { ...context, ...attributes });
        expect(write(one)).toEqual(write(other));
      }),
    );
  });
});

describe('writeRouteHeaders', () => {
  const write = (context: object) => writeRouteHeaders(engine, all, context as EvaluationContext);

  it('writes the bucket of each route with four digits, and the segments', () => {
    expect(write({ targetingKey: 'ann' })).toEqual({
      'x-tg-b': expect.stringMatching(/^checkout=\d{4},search=\d{4}$/),
      'x-tg-s': 'beta,staff',
    });
    expect(write({ targetingKey: 'bob' })['x-tg-s']).toBe('beta');
  });

  it('writes the buckets that the engine goes by', () => {
    const context = { targetingKey: 'ann' };
    const bucket = String(engine.bucketOfRoute('search', context)).padStart(4, '0');
    expect(write(context)['x-tg-b']).toContain(`search=${bucket}`);
  });

  it.each([[{}], [{ targetingKey: '' }], [{ targetingKey: 7 }]])(
    'is empty without a usable key: %j',
    (context) => {
      expect(write(context)).toEqual({ 'x-tg-b': '', 'x-tg-s': '' });
    },
  );
});
