/**
 * The scenarios of in-process evaluation: 1,024 contexts of 17 attributes, parsed from JSON, and the documents of each
 * case. Half of the contexts match b and e, all get past c's first nine rules to the tenth, a fifth is in d's share.
 */
import { booleanFlag } from './boolean-flag.mjs';

const CONTEXTS = 1_024;
export const IDS = Array.from({ length: 1_000 }, (_, index) => `member-${String(index).padStart(4, '0')}`);
const COUNTRIES = ['de', 'fr', 'us', 'jp'];
const PLANS = ['free', 'pro', 'team', 'enterprise'];

function contextOf(index) {
  return {
    targetingKey: index % 2 === 0 ? IDS[index % 1_000] : `user-${index}`,
    email: `u${index}@${(index >> 1) % 2 === 0 ? 'corp.com' : 'mail.example'}`,
    name: `User ${index}`,
    plan: PLANS[index % 4],
    country: COUNTRIES[(index >> 2) % 4],
    city: 'Berlin',
    language: 'en',
    age: index % 90,
    device: 'phone',
    os: 'android',
    version: '2.3.4',
    beta: index % 5 === 0,
    orders: index % 17,
    spent: index * 1.5,
    signedUp: '2026-01-15',
    company: `c-${index % 50}`,
    role: 'member',
  };
}

export const contexts = JSON.parse(JSON.stringify(Array.from({ length: CONTEXTS }, (_, i) => contextOf(i))));

const test = (attribute, operator, value) => ({ attribute: [attribute], operator, value });
const serveOn = (id, condition) => ({ id, condition, serve: { variant: 'on' } });

const RULES = {
  a: () => [],
  b: () => [serveOn('r', test('email', 'endsWith', '@corp.com'))],
  c: () =>
    Array.from({ length: 10 }, (_, index) =>
      serveOn(`r${index}`, {
        all: [
          test('country', 'in', COUNTRIES),
          index < 9 ? test('plan', 'equals', `plan-${index}`) : test('plan', 'in', PLANS),
        ],
      }),
    ),
  d: (key) => {
    const arms = [
      { variant: 'on', weight: 20_000 },
      { variant: 'off', weight: 80_000 },
    ];
    const split = { bucketBy: ['targetingKey'], salt: key, arms };
    return [{ id: 'r', condition: { all: [] }, serve: { split } }];
  },
  e: () => [serveOn('r', { operator: 'inSegment', value: 'members' })],
};

export const TITLES = {
  a: 'a no rules',
  b: 'b e-mail ends with',
  c: 'c ten rules of two conditions',
  d: 'd split of 20 %',
  e: 'e segment of 1,000 ids',
  g: 'g one of 1,000 flags',
  f: 'f all 1,000 flags',
};

/** Kinds of the 1,000 flags: 40 % a, 30 % b, 10 % c, 19 % d, 1 % e, mixed. */
const MIX = Array.from({ length: 1_000 }, (_, index) => {
  const place = (index * 37) % 100;
  if (place < 40) return 'a';
  if (place < 70) return 'b';
  if (place < 80) return 'c';
  return place < 99 ? 'd' : 'e';
});

/** The kind of each flag: `only-a` to `only-e`, and the thousand of the mix. */
export const KINDS = new Map([
  ...Object.keys(RULES).map((kind) => [`only-${kind}`, kind]),
  ...MIX.map((kind, index) => [`flag-${String(index).padStart(4, '0')}`, kind]),
]);

/** All flags of cases a to e, and the mix of f and g. */
export const single = [...KINDS]
  .slice(0, 5)
  .map(([key, kind]) => booleanFlag(key, { rules: RULES[kind](key) }));
export const mix = [...KINDS].slice(5).map(([key, kind]) => booleanFlag(key, { rules: RULES[kind](key) }));
export const segments = [{ key: 'members', description: '', rules: [], included: IDS, excluded: [] }];

export function snapshotOf(flags) {
  return { environment: 'bench', epoch: 'e', revision: 1, flags, segments, routes: [], events: {} };
}

/** What is asked in a case: one flag of all contexts, or flags and contexts in rotation. */
export function questionsOf(scenario) {
  const length = { g: 16 * CONTEXTS, f: CONTEXTS / 16 }[scenario] ?? CONTEXTS;
  return {
    keys: Array.from({ length }, (_, i) => (scenario === 'g' ? mix[i % 1_000].key : `only-${scenario}`)),
    contexts: Array.from({ length }, (_, i) => contexts[i % CONTEXTS]),
  };
}
