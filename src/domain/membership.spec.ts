import { describe, expect, it } from '@jest/globals';
import type { Condition } from '@tidegate/sdk/engine';
import { assume, memberships } from './membership.js';

const member = (value: string): Condition => ({ operator: 'inSegment', value });
const [a, b, plan]: Condition[] = [
  member('a'),
  member('b'),
  { attribute: ['request', 'headers', 'x-plan'], operator: 'equals', value: 'gold' },
];
const always: Condition = { all: [] };
const never: Condition = { any: [] };

describe('what is known of a caller behind a root', () => {
  it('is the first audience that he is in, and all those above it that he is not in', () => {
    expect(memberships({ audiences: ['a', 'b'] })).toEqual([
      { in: 'a', out: [] },
      { in: 'b', out: ['a'] },
      { in: null, out: ['a', 'b'] },
    ]);
  });

  const inA = { in: 'a', out: [] };
  const inB = { in: 'b', out: ['a'] };
  const inNone = { in: null, out: ['a', 'b'] };
  it.each<[string, Condition, { in: string | null; out: string[] }, Condition]>([
    ['a member', a!, inA, always],
    ['one above', a!, inB, never],
    ['one below is not known', b!, inA, b!],
    ['nobody', { any: [a!, b!] }, inNone, never],
    ['either of two', { any: [b!, a!] }, inA, always],
    ['both of two where one is not known', { all: [a!, b!] }, inA, { all: [b!] }],
    ['denied', { not: a! }, inNone, always],
    ['denied and a member', { not: a! }, inA, never],
    ['what else is asked stays', { all: [a!, plan!] }, inA, { all: [plan!] }],
  ])('settles a condition: %s', (_, condition, membership, wanted) => {
    expect(assume(condition, membership)).toEqual(wanted);
  });
});
