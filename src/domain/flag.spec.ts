import { describe, expect, it } from '@jest/globals';
import { imageOf } from '../../test/support/image.js';
import { draft, fullImage, refused } from '../../test/support/proposals.js';
import { addRule, setEnabled } from './flag-edits.js';

const EMPTY = imageOf();
const FULL = fullImage();
const member = (value: string): object => ({ operator: 'inSegment', value });
const rule = (condition: object, serve: object = { variant: 'on' }): object => ({
  id: 'x',
  condition,
  serve,
});
const split = (fields: object): object => ({
  split: {
    salt: 'a',
    arms: [
      { variant: 'on', weight: 5_000 },
      { variant: 'off', weight: 95_000 },
    ],
    ...fields,
  },
});

const test = (fields: object): object => ({
  attribute: ['plan'],
  operator: 'equals',
  value: 'pro',
  ...fields,
});
let nested = test({});
for (let level = 0; level < 10; level += 1) nested = { not: nested };
let bottomless: object = {};
for (let level = 0; level < 10_000; level += 1) bottomless = { not: bottomless };

describe('a flag is refused', () => {
  it.each<[string, object, string]>([
    ['an unknown field', { colour: 1 }, 'INVALID_INPUT at colour'],
    ['a wrong type', { enabled: 'yes' }, 'INVALID_INPUT at enabled'],
    ['a key of another form', { key: '-f' }, 'INVALID_KEY at key'],
    [
      'a poisonous variant',
      { variants: JSON.parse('{"__proto__": true}') as object },
      'RESERVED_NAME at variants.__proto__',
    ],
    [
      'a poisonous name deep in a value',
      { type: 'object', variants: { a: [{ constructor: 1 }] }, defaultVariant: 'a' },
      'RESERVED_NAME at variants.a.0.constructor',
    ],
    [
      'a reserved name as variant',
      { variants: { toString: true }, defaultVariant: 'toString' },
      'RESERVED_NAME at variants.toString',
    ],
    ['no variants', { variants: {}, defaultVariant: null }, 'INVALID_INPUT at variants'],
    ['a value of another type', { variants: { on: true, off: 'no' } }, 'INVALID_INPUT at variants.off'],
    [
      'a fraction in an integer flag',
      { type: 'integer', variants: { off: 1.5 } },
      'INVALID_INPUT at variants.off',
    ],
    ['an unsafe integer', { type: 'integer', variants: { off: 2 ** 53 } }, 'INVALID_INPUT at variants.off'],
    [
      'a number that JSON has not',
      { type: 'number', variants: { off: Infinity } },
      'INVALID_INPUT at variants.off',
    ],
    ['null as an object', { type: 'object', variants: { off: null } }, 'INVALID_INPUT at variants.off'],
    ['half a surrogate pair', { description: 'a\uD800' }, 'INVALID_INPUT at description'],
    ['a default that is no variant', { defaultVariant: 'blue' }, 'DANGLING_REFERENCE at defaultVariant'],
    ['an off variant that is none', { offVariant: 'blue' }, 'DANGLING_REFERENCE at offVariant'],
    [
      'variants over 256 KiB',
      { type: 'string', variants: { off: 'x'.repeat(300_000) } },
      'TOO_LARGE at variants',
    ],
    ['a document over 1 MiB', { type: 'string', variants: { off: 'x'.repeat(1_100_000) } }, 'TOO_LARGE at '],
    ['a date without offset', { expiresAt: '2026-01-01T00:00:00' }, 'INVALID_INPUT at expiresAt'],
    [
      'a target that is no variant',
      { targets: [{ variant: 'blue', keys: ['u'] }] },
      'DANGLING_REFERENCE at targets.0.variant',
    ],
    [
      'a target with two variants',
      {
        targets: [
          { variant: 'on', keys: ['u'] },
          { variant: 'off', keys: ['u'] },
        ],
      },
      'DUPLICATE_KEY at targets.1.keys.0',
    ],
    [
      'itself as prerequisite',
      { prerequisites: [{ flag: 'f', variants: ['on'] }] },
      'CYCLE at prerequisites.0.flag',
    ],
    [
      'a prerequisite that is not there',
      { prerequisites: [{ flag: 'gone', variants: ['on'] }] },
      'DANGLING_REFERENCE at prerequisites.0.flag',
    ],
    ['two rules of one id', { rules: [rule(test({})), rule(test({}))] }, 'DUPLICATE_KEY at rules.1.id'],
    [
      'a rule id of a rollout',
      { rules: [{ ...rule(test({})), id: 'rollout:a:split' }] },
      'RESERVED_NAME at rules',
    ],
    [
      'a rule that serves no variant',
      { rules: [rule(test({}), { variant: 'blue' })] },
      'DANGLING_REFERENCE at rules.0.serve.variant',
    ],
    [
      'a rule that serves two things',
      { rules: [rule(test({}), { variant: 'on', ...split({}) })] },
      'INVALID_INPUT at rules.0.serve.split',
    ],
    [
      'weights that sum to less',
      { rules: [rule(test({}), split({ arms: [{ variant: 'on', weight: 99_999 }] }))] },
      'WEIGHTS_SUM at rules.0.serve.split.arms',
    ],
    [
      'an arm twice',
      {
        rules: [
          rule(
            test({}),
            split({
              arms: [
                { variant: 'on', weight: 1 },
                { variant: 'on', weight: 99_999 },
              ],
            }),
          ),
        ],
      },
      'DUPLICATE_KEY at rules.0.serve.split.arms.1.variant',
    ],
    [
      'an arm that is no variant',
      { rules: [rule(test({}), split({ arms: [{ variant: 'blue', weight: 100_000 }] }))] },
      'DANGLING_REFERENCE at rules.0.serve.split.arms.0.variant',
    ],
    [
      'a fraction of a weight',
      { rules: [rule(test({}), split({ arms: [{ variant: 'on', weight: 0.5 }] }))] },
      'INVALID_INPUT at rules.0.serve.split.arms.0.weight',
    ],
    [
      'an otherwise that is no variant',
      { rules: [rule(test({}), split({ otherwise: { arm: 'blue' } }))] },
      'DANGLING_REFERENCE at rules.0.serve.split.otherwise.arm',
    ],
    [
      'an unknown operator',
      { rules: [rule(test({ operator: 'equls' }))] },
      'INVALID_INPUT at rules.0.condition.operator',
    ],
    [
      'an unknown field of a condition',
      { rules: [rule(test({ negate: true }))] },
      'INVALID_INPUT at rules.0.condition.negate',
    ],
    [
      'an empty path',
      { rules: [rule(test({ attribute: [] }))] },
      'INVALID_INPUT at rules.0.condition.attribute',
    ],
    [
      'a reserved name in a path',
      { rules: [rule(test({ attribute: ['a', '__proto__'] }))] },
      'RESERVED_NAME at rules.0.condition.attribute.1',
    ],
    [
      'a number as text',
      { rules: [rule({ all: [test({ operator: 'contains', value: 1 })] })] },
      'INVALID_INPUT at rules.0.condition.all.0.value',
    ],
    [
      'an empty text',
      { rules: [rule(test({ operator: 'startsWith', value: '' }))] },
      'INVALID_INPUT at rules.0.condition.value',
    ],
    [
      'text as a number',
      { rules: [rule(test({ operator: 'less', value: '1' }))] },
      'INVALID_INPUT at rules.0.condition.value',
    ],
    [
      'no version',
      { rules: [rule(test({ operator: 'semverLess', value: '1.2' }))] },
      'INVALID_INPUT at rules.0.condition.value',
    ],
    [
      'no date',
      { rules: [rule(test({ operator: 'before', value: 'soon' }))] },
      'INVALID_INPUT at rules.0.condition.value',
    ],
    [
      'an empty list',
      { rules: [rule(test({ operator: 'in', value: [] }))] },
      'INVALID_INPUT at rules.0.condition.value',
    ],
    [
      'a pattern that blows up',
      { rules: [rule(test({ operator: 'matches', value: '^(a+)+$' }))] },
      'UNSAFE_PATTERN at rules.0.condition.value',
    ],
    [
      'a pattern that RE2 has not',
      { rules: [rule(test({ operator: 'matches', value: '(?=a)b' }))] },
      'UNSAFE_PATTERN at rules.0.condition.value',
    ],
    [
      'a pattern over 500 characters',
      { rules: [rule(test({ operator: 'matches', value: 'a'.repeat(501) }))] },
      'TOO_LARGE at rules.0.condition.value',
    ],
    ['eleven levels', { rules: [rule(nested)] }, 'TOO_LARGE at rules.0.condition'],
    [
      '201 parts',
      { rules: [rule({ any: Array.from({ length: 200 }, () => test({})) })] },
      'TOO_LARGE at rules.0.condition',
    ],
    ['ten thousand levels', { rules: [rule(bottomless)] }, 'TOO_LARGE at '],
    [
      'a segment that is not there',
      { rules: [rule({ not: { any: [member('gone')] } })] },
      'DANGLING_REFERENCE at rules.0.condition.not.any.0.value',
    ],
  ])('for %s', (_, fields, expected) => {
    expect(refused(EMPTY, draft.flag(fields))).toContain(expected);
  });
});

describe('a segment is refused', () => {
  it.each<[string, object, string]>([
    ['itself inside', { rules: [member('s')] }, 'CYCLE at rules.0.value'],
    ['a key listed twice', { included: ['u'], excluded: ['v', 'u'] }, 'DUPLICATE_KEY at excluded.1'],
    ['an empty key', { included: [''] }, 'INVALID_INPUT at included.0'],
    [
      '100,001 keys',
      {
        included: Array.from({ length: 60_000 }, (__, n) => `u${n}`),
        excluded: Array.from({ length: 40_001 }, (__, n) => `v${n}`),
      },
      'SEGMENT_TOO_LARGE at included',
    ],
    ['an unknown field', { owner: 'me' }, 'INVALID_INPUT at owner'],
  ])('for %s', (_, fields, expected) => {
    expect(refused(EMPTY, draft.segment(fields))).toContain(expected);
  });
});

describe('the edits of a flag', () => {
  it('put a rule above those that a rollout owns', () => {
    const flag = FULL.documents.value('flag', 'f');
    if (flag === undefined) throw new Error('no flag');
    const serve = { variant: 'on' };
    const owned = { id: 'rollout:roll:split', condition: { all: [] }, serve };
    const edited = addRule({ ...flag, rules: [owned] }, { id: 'mine', condition: { all: [] }, serve });
    expect(edited.rules.map(({ id }) => id)).toEqual(['mine', 'rollout:roll:split']);
    expect(setEnabled(flag, true)).toEqual({ ...flag, enabled: true });
  });
});
