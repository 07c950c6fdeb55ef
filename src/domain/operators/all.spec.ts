import { describe, expect, it } from '@jest/globals';
import type { AttributeOperator, Json } from '@tidegate/sdk/engine';
import { OPERATORS } from './all.js';
import { COOKIE } from './request-part.js';

const exact = (value: string): object => ({ kind: 'exact', value });
const regex = (value: string): object => ({ kind: 'regex', value });

describe('operators in the mesh', () => {
  it.each<[AttributeOperator, Json, object[]]>([
    ['equals', 'a.b', [exact('a.b')]],
    ['in', ['a', 'b'], [exact('a'), exact('b')]],
    ['startsWith', 'a.b', [regex('a\\.b.*')]],
    ['endsWith', 'a$', [regex('.*a\\$')]],
    ['contains', '(x)', [regex('.*\\(x\\).*')]],
    ['matches', '^a|b', [regex('.*(?:^a|b).*')]],
  ])('%s of %j is the same for headers and claims', (name, value, anyOf) => {
    expect(OPERATORS[name].headerForm(value)).toEqual({ anyOf });
    expect(OPERATORS[name].claimForm(value)).toEqual({ anyOf });
  });

  it('stay within one cookie', () => {
    expect(OPERATORS.equals.partForm('a.b', COOKIE)).toEqual({ anyOf: [{ kind: 'exact', value: 'a.b' }] });
    expect(OPERATORS.contains.partForm('x', COOKIE)).toEqual({ anyOf: [regex('[^;]*x[^;]*')] });
    expect(OPERATORS.startsWith.partForm('x', COOKIE)).toEqual({ anyOf: [regex('x[^;]*')] });
    expect(OPERATORS.endsWith.partForm('x', COOKIE)).toEqual({ anyOf: [regex('[^;]*x')] });
    expect(OPERATORS.contains.partForm('a;b', COOKIE)).toHaveProperty('reason');
    expect(OPERATORS.matches.partForm('x', COOKIE)).toHaveProperty('reason');
  });

  it('ask for a header’s presence or absence, and never for a claim’s', () => {
    expect(OPERATORS.exists.headerForm(true)).toEqual({ anyOf: [{ kind: 'present' }] });
    expect(OPERATORS.exists.headerForm(false)).toEqual({ noneOf: [{ kind: 'present' }] });
    expect(OPERATORS.exists.claimForm(true)).toHaveProperty('reason');
  });

  it.each<[AttributeOperator, Json]>([
    ['equals', 1],
    ['equals', true],
    ['equals', ''],
    ['in', ['a', 1]],
    ['less', 1],
    ['lessOrEqual', 1],
    ['greater', 1],
    ['greaterOrEqual', 1],
    ['semverEquals', '1.2.3'],
    ['semverLess', '1.2.3'],
    ['semverGreater', '1.2.3'],
    ['before', '2026-01-01'],
    ['after', 0],
  ])('have no words for %s of %j', (name, value) => {
    expect(OPERATORS[name].headerForm(value)).toHaveProperty('reason');
    expect(OPERATORS[name].claimForm(value)).toHaveProperty('reason');
  });
});

describe('what an operator may be given', () => {
  it.each<[AttributeOperator, Json, boolean]>([
    ['equals', null, false],
    ['equals', ['a'], false],
    ['equals', '', true],
    ['in', 'a', false],
    ['in', [['a']], false],
    ['contains', 'x'.repeat(501), false],
    ['greater', '1', false],
    ['exists', 'yes', false],
    ['semverLess', 'v1.2.3-rc.1+build', true],
    ['semverLess', '1.02.3', false],
    ['before', '2026-02-30', false],
    ['before', '2026-03-01T12:00:00+01:00', true],
    ['before', '2026-03-01T12:00:00', false],
    ['after', 1_700_000_000_000, true],
    ['after', 1.5, false],
  ])('%s takes %j: %s', (name, value, taken) => {
    expect(OPERATORS[name].operand.safeParse(value).success).toBe(taken);
  });
});
