import { describe, expect, it } from '@jest/globals';
import type { Condition, Route, Segment } from '@tidegate/sdk/engine';
import { routeSchema } from '../domain/route.js';
import { toldSegments } from './told-segments.js';

const verified: Condition = { attribute: ['verified', 'groups'], operator: 'equals', value: 'x' };
const claimed: Condition = { attribute: ['groups'], operator: 'equals', value: 'x' };
const member = (value: string): Condition => ({ operator: 'inSegment', value });

const segment = (key: string, ...rules: readonly Condition[]): Segment => ({
  key,
  description: '',
  rules,
  included: [],
  excluded: [],
});

const routeAsking = (...conditions: readonly Condition[]): Route =>
  routeSchema.parse({
    key: 'r',
    service: 'r.shop.svc.cluster.local',
    versions: { v1: { version: 'v1' } },
    salt: 'r',
    default: 'v1',
    rules: conditions.map((condition, index) => ({ id: `r${index}`, condition, serve: { version: 'v1' } })),
  });

describe('toldSegments', () => {
  it.each<[string, readonly Segment[], readonly string[]]>([
    ['one that asks for a verified attribute', [segment('s', verified)], ['s']],
    ['one that lists targeting keys', [segment('s')], ['s']],
    ['one that denies a verified attribute', [segment('s', { not: verified })], ['s']],
    ['one that names such a one', [segment('s', { all: [member('t')] }), segment('t', verified)], ['s']],
    ['none that asks for what a client says', [segment('s', verified, { any: [claimed] })], []],
    ['none that denies it', [segment('s', { not: claimed })], []],
    ['none that names such a one', [segment('s', member('t')), segment('t', claimed)], []],
    ['none that names itself', [segment('s', member('s'))], []],
    ['none that is not there', [], []],
  ])('tells of %s', (_, segments, expected) => {
    expect(toldSegments({ routes: [routeAsking({ not: member('s') })], segments })).toEqual(expected);
  });

  it('tells of none that no route asks for', () => {
    expect(toldSegments({ routes: [routeAsking(verified)], segments: [segment('s', verified)] })).toEqual([]);
  });
});
