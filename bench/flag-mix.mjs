/**
 * Flags as services have them, each with the same decision written by hand: of ten, four without rules, three by
 * e-mail, one of ten rules, two by percentage; and one in a hundred asks a segment of 1,000 keys.
 */
import { murmur3 } from '@tidegate/sdk/engine';
import { booleanFlag } from './boolean-flag.mjs';

const ids = Array.from({ length: 1_000 }, (_, index) => `member-${index}`);
const members = new Set(ids);

export const segments = [{ key: 'members', description: '', included: ids, excluded: [], rules: [] }];

/** 256 contexts of about 200 bytes. */
export const contexts = Array.from({ length: 256 }, (_, index) => ({
  targetingKey: index % 2 === 0 ? ids[index] : `user-${index}`,
  email: index % 3 === 0 ? `u${index}@corp.com` : `u${index}@mail.example`,
  plan: ['free', 'pro', 'team', 'enterprise'][index % 4],
  country: ['de', 'fr', 'us', 'jp'][(index >> 2) % 4],
  age: index % 90,
  device: 'phone',
  version: '2.3.4',
}));

const test = (attribute, operator, value) => ({ attribute: [attribute], operator, value });
const arms = [
  { variant: 'on', weight: 20_000 },
  { variant: 'off', weight: 80_000 },
];
const PLANS = Array.from({ length: 10 }, (_, index) => (index === 9 ? 'pro' : `none-${index}`));

/** Of each kind: its rules, and `choose`, the index of the rule that decides, or -1. */
const kinds = {
  plain: { rules: () => [], choose: () => -1 },
  email: {
    rules: () => [[test('email', 'endsWith', '@corp.com'), { variant: 'on' }]],
    choose: ({ email }) => (typeof email === 'string' && email.endsWith('@corp.com') ? 0 : -1),
  },
  many: {
    rules: () =>
      PLANS.map((plan) => [
        { all: [test('plan', 'equals', plan), test('country', 'in', ['de', 'fr', 'us', 'jp'])] },
        { variant: 'on' },
      ]),
    choose: ({ plan, country }) => (typeof country === 'string' ? PLANS.indexOf(plan) : -1),
  },
  split: {
    rules: (key) => [[{ all: [] }, { split: { bucketBy: ['targetingKey'], salt: key, arms } }]],
    choose: ({ targetingKey }, key) =>
      Math.floor((murmur3(`${key}:${targetingKey}`) * 100_000) / 2 ** 32) < 20_000 ? 0 : 1,
  },
  segment: {
    rules: () => [[{ operator: 'inSegment', value: 'members' }, { variant: 'on' }]],
    choose: ({ targetingKey }) => (members.has(targetingKey) ? 0 : -1),
  },
};

function kindOf(index) {
  if (index % 100 === 99) return kinds.segment;
  const place = index % 10;
  if (place < 4) return kinds.plain;
  if (place < 7) return kinds.email;
  return place === 7 ? kinds.many : kinds.split;
}

/** The first `count` flags, as the admin API and the engine take them. */
export function flags(count) {
  return Array.from({ length: count }, (_, index) => {
    const key = `flag-${String(index).padStart(4, '0')}`;
    const rules = kindOf(index).rules(key);
    return booleanFlag(key, {
      description: 'A flag to measure with',
      owner: 'bench',
      tags: ['bench'],
      rules: rules.map(([condition, serve], place) => ({
        id: `r${place}`,
        description: '',
        condition,
        serve,
      })),
    });
  });
}

/** By hand: for each of `flags(count)`, a function from context to the OFREP JSON text of the answer, written once. */
export function texts(count) {
  return flags(count).map(({ key, rules }, index) => {
    const { choose } = kindOf(index);
    const write = (value, reason, rule) =>
      `{"key":"${key}","value":${value},"reason":"${reason}","variant":"${value ? 'on' : 'off'}","metadata":${rule}}`;
    const otherwise = write(false, rules.length === 0 ? 'STATIC' : 'DEFAULT', '{}');
    if (rules[0]?.serve.split !== undefined) {
      const served = [true, false].map((value) => write(value, 'SPLIT', '{"rule":"r0"}'));
      return (context) => served[choose(context, key)];
    }
    const served = rules.map(({ id }) => write(true, 'TARGETING_MATCH', `{"rule":"${id}"}`));
    return (context) => served[choose(context, key)] ?? otherwise;
  });
}
