import { compile, murmur3, Usage } from '@tidegate/sdk/engine';
import { measure } from './measure.mjs';
import { row } from './row.mjs';

/**
 * In-process evaluation against the limit: the same decision written by hand as a closure, details returned and usage
 * counted, in the same run. CPU time per evaluation.
 */
const ids = Array.from({ length: 1_000 }, (_, index) => `member-${index}`);
const contexts = Array.from({ length: 1_024 }, (_, index) =>
  JSON.parse(
    JSON.stringify({
      targetingKey: index % 2 === 0 ? ids[index % 1_000] : `user-${index}`,
      email: index % 3 === 0 ? `u${index}@corp.com` : `u${index}@mail.example`,
      plan: ['free', 'pro', 'team', 'enterprise'][index % 4],
      country: ['de', 'fr', 'us', 'jp'][(index >> 2) % 4],
      age: index % 90,
      device: 'phone',
      version: '2.3.4',
    }),
  ),
);

const base = {
  type: 'boolean',
  description: '',
  owner: '',
  tags: [],
  lifetime: 'temporary',
  expiresAt: null,
  variants: { on: true, off: false },
  enabled: true,
  defaultVariant: 'off',
  offVariant: 'off',
  prerequisites: [],
  targets: [],
  rules: [],
};
const test = (attribute, operator, value) => ({ attribute: [attribute], operator, value });
const serveOn = (id, condition) => ({ id, condition, serve: { variant: 'on' } });
const split = {
  bucketBy: ['targetingKey'],
  salt: 'd',
  arms: [
    { variant: 'on', weight: 20_000 },
    { variant: 'off', weight: 80_000 },
  ],
};

const on = Object.freeze({ value: true, variant: 'on', reason: 'TARGETING_MATCH' });
const off = Object.freeze({ value: false, variant: 'off', reason: 'DEFAULT' });
const members = new Set(ids);

/** Each case: the flag, and the same by hand. */
const cases = {
  'a no rules': { flag: base, limit: () => off },
  'b e-mail ends with': {
    flag: { ...base, rules: [serveOn('r', test('email', 'endsWith', '@corp.com'))] },
    limit: ({ email }) => (typeof email === 'string' && email.endsWith('@corp.com') ? on : off),
  },
  'c ten rules of two conditions': {
    flag: {
      ...base,
      rules: Array.from({ length: 10 }, (_, index) =>
        serveOn(`r${index}`, {
          all: [
            test('plan', 'equals', index === 9 ? 'pro' : `none-${index}`),
            test('country', 'in', ['de', 'fr', 'us', 'jp']),
          ],
        }),
      ),
    },
    limit: ({ plan, country }) => {
      for (let index = 0; index < 9; index += 1)
        if (plan === `none-${index}` && country !== undefined) return on;
      return plan === 'pro' && typeof country === 'string' ? on : off;
    },
  },
  'd split of 20 %': {
    flag: { ...base, rules: [{ id: 'r', condition: { all: [] }, serve: { split } }] },
    limit: ({ targetingKey }) => ((murmur3(`d:${targetingKey}`) * 100_000) / 2 ** 32 < 20_000 ? on : off),
  },
  'e segment of 1,000 keys': {
    flag: { ...base, rules: [serveOn('r', { operator: 'inSegment', value: 'members' })] },
    limit: ({ targetingKey }) => (members.has(targetingKey) ? on : off),
  },
};

/** Rows of the table; `ratio` is ours to the limit. */
export function run() {
  return Object.entries(cases).map(([name, { flag, limit }]) => {
    const engine = compile({
      environment: 'bench',
      epoch: 'e',
      revision: 1,
      flags: [{ ...flag, key: 'flag' }],
      segments: [{ key: 'members', description: '', rules: [], included: ids, excluded: [] }],
      routes: [],
      events: {},
    });
    const usage = new Usage();
    const counts = new Uint32Array(2);
    const ours = (context) => {
      const resolution = engine.evaluate('flag', context);
      usage.count('flag', resolution);
      return resolution.value;
    };
    const byHand = (context) => {
      const resolution = limit(context);
      counts[resolution === on ? 0 : 1] += 1;
      return resolution.value;
    };
    const wrong = contexts.find((context) => ours(context) !== byHand(context));
    if (wrong !== undefined)
      throw new Error(`${name}: ours and the limit differ for ${JSON.stringify(wrong)}`);
    const [value, reference] = measure([ours, byHand], contexts);
    return row({ case: name, metric: 'CPU per evaluation', value, unit: 'ns', reference });
  });
}
