import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, type Arguments } from '../support/api.js';
import {
  createSamples,
  ENVIRONMENT,
  FLAG,
  GUARD,
  inProduction,
  ROLLOUT,
  ROUTE,
  SEGMENT,
} from '../support/api-samples.js';
import { App } from '../support/app.js';

let app: App;
let api: Api;

beforeAll(async () => {
  app = await App.start();
  api = app.api();
  await createSamples(api);
  const flag = { key: 'first', prerequisites: [{ flag: FLAG.key, variants: ['on'] }] };
  await api.do('createFlag', inProduction(flag));
  await api.do(
    'createSegment',
    inProduction({ key: 'outer', rules: [{ operator: 'inSegment', value: SEGMENT.key }] }),
  );
  const gateways = [{ name: 'shop/public', hosts: ['shop.example.com'] }];
  await api.do(
    'createRoute',
    inProduction({ ...ROUTE, key: 'public', service: 'public.shop.svc.cluster.local', gateways }),
  );
}, 60_000);

afterAll(() => app?.stop());

/** Fault, mutation, what is changed in a good input, and where and how that is refused. */
type Case = readonly [fault: string, mutation: string, change: Arguments, field: string, code: string];

const GOOD: Readonly<Record<string, Arguments>> = {
  createFlag: { key: 'new' },
  updateFlag: { key: FLAG.key },
  addFlagRule: { key: FLAG.key },
  createSegment: { key: 'new' },
  updateSegment: { key: SEGMENT.key },
  createRoute: { ...ROUTE, key: 'new', service: 'new.shop.svc.cluster.local' },
  createGuard: { ...GUARD, key: 'new' },
  createRollout: { ...ROLLOUT, key: 'new' },
  setIdentity: { identity: { issuer: 'https://id.example.com', jwksUri: 'https://id.example.com/jwks' } },
};

function rule(condition: unknown, serve: Arguments = { variant: 'on' }): Arguments {
  return { id: 'a', condition, serve };
}

function split(...weights: number[]): Arguments {
  return {
    split: { arms: weights.map((weight, index) => ({ variant: index === 0 ? 'on' : 'off', weight })) },
  };
}

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce((inner) => ({ not: inner }), { all: [] });
}

const ALL = { all: [] };
const test = (value: Arguments): Arguments => ({
  rules: [rule({ attribute: ['a'], operator: 'equals', value: 'x', ...value })],
});
const MATCH = { operator: 'matches' };

const CASES: readonly Case[] = [
  [
    'an unknown field of a condition',
    'createFlag',
    test({ colour: 1 }),
    'rules.0.condition.colour',
    'INVALID_INPUT',
  ],
  [
    'an unknown operator',
    'createFlag',
    test({ operator: 'like' }),
    'rules.0.condition.operator',
    'INVALID_INPUT',
  ],
  [
    'an operand of a wrong type',
    'createFlag',
    test({ operator: 'less', value: '5' }),
    'rules.0.condition.value',
    'INVALID_INPUT',
  ],
  [
    'a condition that is a text',
    'createFlag',
    { rules: [rule('all')] },
    'rules.0.condition',
    'INVALID_INPUT',
  ],
  ['a condition that is null', 'createFlag', { rules: [rule([])] }, 'rules.0.condition', 'INVALID_INPUT'],
  ['a deep condition', 'createFlag', { rules: [rule(nested(12))] }, 'rules.0.condition', 'TOO_LARGE'],
  [
    'a large condition',
    'createSegment',
    { rules: [{ any: Array.from({ length: 201 }, () => ALL) }] },
    'rules.0',
    'TOO_LARGE',
  ],
  [
    'a pattern that blows up',
    'createFlag',
    test({ ...MATCH, value: '(a+)+$' }),
    'rules.0.condition.value',
    'UNSAFE_PATTERN',
  ],
  [
    'a pattern that is none',
    'createSegment',
    { rules: [{ attribute: ['a'], ...MATCH, value: '(' }] },
    'rules.0.value',
    'UNSAFE_PATTERN',
  ],
  [
    'a pattern that RE2 lacks',
    'createFlag',
    test({ ...MATCH, value: '(?=a)b' }),
    'rules.0.condition.value',
    'UNSAFE_PATTERN',
  ],
  [
    'a path through a prototype',
    'createFlag',
    test({ attribute: ['__proto__', 'x'] }),
    'rules.0.condition.attribute.0',
    'RESERVED_NAME',
  ],
  [
    'a path through a constructor',
    'createSegment',
    { rules: [{ attribute: ['constructor'], operator: 'exists', value: true }] },
    'rules.0.attribute.0',
    'RESERVED_NAME',
  ],
  [
    'a variant named constructor',
    'createFlag',
    { variants: { constructor: true, off: false } },
    'variants.constructor',
    'RESERVED_NAME',
  ],
  [
    'a poisonous name in a value',
    'createFlag',
    { type: 'object', variants: { a: { constructor: {} } } },
    'variants.a.constructor',
    'RESERVED_NAME',
  ],
  ['a key named like a method', 'createFlag', { key: 'toString' }, 'key', 'RESERVED_NAME'],
  ['the key __proto__', 'createSegment', { key: '__proto__' }, 'key', 'INVALID_KEY'],
  ['an empty key', 'createFlag', { key: '' }, 'key', 'INVALID_KEY'],
  ['a key with blanks', 'createGuard', { key: 'a b' }, 'key', 'INVALID_KEY'],
  ['a key too long for a route', 'createRoute', { key: 'x'.repeat(41) }, 'key', 'INVALID_KEY'],
  [
    'a key of a rollout',
    'createFlag',
    { rules: [{ ...rule(ALL), id: 'rollout:x:split' }] },
    'rules',
    'RESERVED_NAME',
  ],
  ['a key that is taken', 'createFlag', { key: FLAG.key }, 'key', 'DUPLICATE_KEY'],
  ['a rule id that is taken', 'createFlag', { rules: [rule(ALL), rule(ALL)] }, 'rules.1.id', 'DUPLICATE_KEY'],
  [
    'a segment key listed twice',
    'createSegment',
    { included: ['a'], excluded: ['a'] },
    'excluded.0',
    'DUPLICATE_KEY',
  ],
  [
    'weights that do not sum',
    'createFlag',
    { rules: [rule(ALL, split(50_000, 40_000))] },
    'rules.0.serve.split.arms',
    'WEIGHTS_SUM',
  ],
  [
    'a negative weight',
    'createFlag',
    { rules: [rule(ALL, split(-1, 100_001))] },
    'rules.0.serve.split.arms.0.weight',
    'INVALID_INPUT',
  ],
  [
    'a rule that serves twice',
    'createFlag',
    { rules: [rule(ALL, { variant: 'on', ...split(100_000) })] },
    'rules.0.serve',
    'INVALID_INPUT',
  ],
  ['a rule that serves nothing', 'createFlag', { rules: [rule(ALL, {})] }, 'rules.0.serve', 'INVALID_INPUT'],
  [
    'a variant that is not there',
    'createFlag',
    { rules: [rule(ALL, { variant: 'none' })] },
    'rules.0.serve.variant',
    'DANGLING_REFERENCE',
  ],
  [
    'a segment that is not there',
    'createFlag',
    { rules: [rule({ operator: 'inSegment', value: 'none' })] },
    'rules.0.condition.value',
    'DANGLING_REFERENCE',
  ],
  [
    'a flag that is not there',
    'createFlag',
    { prerequisites: [{ flag: 'none', variants: ['on'] }] },
    'prerequisites.0.flag',
    'DANGLING_REFERENCE',
  ],
  ['a guard that is not there', 'createRollout', { guards: ['none'] }, 'guards.0', 'DANGLING_REFERENCE'],
  [
    'a cycle of prerequisites',
    'updateFlag',
    { prerequisites: [{ flag: 'first', variants: ['on'] }] },
    'prerequisites',
    'CYCLE',
  ],
  [
    'a cycle of segments',
    'updateSegment',
    { rules: [{ operator: 'inSegment', value: 'outer' }] },
    'rules',
    'CYCLE',
  ],
  [
    'a value of another type',
    'createFlag',
    { type: 'integer', variants: { a: 1.5 } },
    'variants.a',
    'INVALID_INPUT',
  ],
  ['variants that are a list', 'createFlag', { variants: [true] }, 'variants', 'INVALID_INPUT'],
  ['no variants', 'createFlag', { type: 'string' }, 'variants', 'INVALID_INPUT'],
  ['half of a surrogate pair', 'createFlag', { description: 'a\ud800' }, 'description', 'INVALID_INPUT'],
  [
    'half of a pair in a value',
    'createFlag',
    { type: 'string', variants: { a: '\udc00' } },
    'variants.a',
    'INVALID_INPUT',
  ],
  ['a date that is none', 'createFlag', { expiresAt: 'tomorrow' }, 'expiresAt', 'INVALID_INPUT'],
  ['a description too long', 'createFlag', { description: 'x'.repeat(2_001) }, 'description', 'TOO_LARGE'],
  [
    'variants too large',
    'createFlag',
    { type: 'string', variants: { a: 'x'.repeat(300_000) } },
    'variants',
    'TOO_LARGE',
  ],
  [
    'a document too large',
    'createFlag',
    { type: 'string', variants: { a: 'x'.repeat(1_100_000) } },
    '',
    'TOO_LARGE',
  ],
  [
    'too many segment keys',
    'createSegment',
    { included: Array.from({ length: 100_001 }, (_, n) => `u${n}`) },
    'included',
    'SEGMENT_TOO_LARGE',
  ],
  ['an index before the first', 'addFlagRule', { rule: rule(ALL), at: -1 }, 'at', 'INVALID_INPUT'],
  ['an index after the last', 'addFlagRule', { rule: rule(ALL), at: 7 }, 'at', 'INVALID_INPUT'],
  ['a service that is none', 'createRoute', { service: 'checkout' }, 'service', 'INVALID_INPUT'],
  ['a default version that is not there', 'createRoute', { default: 'v3' }, 'default', 'DANGLING_REFERENCE'],
  ['a service that is taken', 'createRoute', { service: ROUTE.service }, 'service', 'HOST_TAKEN'],
  [
    'a host that is taken',
    'createRoute',
    { gateways: [{ name: 'shop/public', hosts: ['shop.example.com'] }] },
    'gateways.0.hosts.0',
    'HOST_TAKEN',
  ],
  [
    'what a gateway can not ask',
    'createRoute',
    {
      gateways: [{ name: 'shop/other', hosts: ['a.example.com'] }],
      rules: [
        { id: 'a', condition: { operator: 'inSegment', value: SEGMENT.key }, serve: { version: 'v2' } },
      ],
    },
    'rules.0.condition',
    'NOT_EXPRESSIBLE',
  ],
  ['a port that is none', 'createRoute', { port: 0 }, 'port', 'INVALID_INPUT'],
  ['neither margin nor threshold', 'createGuard', { margin: null }, 'margin', 'INVALID_INPUT'],
  [
    'a template without a route',
    'createGuard',
    {
      source: 'prometheus',
      events: null,
      template: 'envoy',
      target: { flag: FLAG.key, new: 'on', control: 'off' },
    },
    'template',
    'GUARD_NEEDS_ROUTE',
  ],
  [
    'the same arms',
    'createRollout',
    { flag: { key: FLAG.key, new: 'on', control: 'on' } },
    'flag.new',
    'SAME_ARMS',
  ],
  [
    'a last step below 100 %',
    'createRollout',
    { steps: [{ weight: 5_000 }] },
    'steps.0',
    'LAST_STEP_NOT_FULL',
  ],
  ['no steps', 'createRollout', { steps: null }, 'steps', 'INVALID_INPUT'],
  [
    'steps and a template',
    'createRollout',
    { template: 'dogfood', audience: SEGMENT.key },
    'template',
    'INVALID_INPUT',
  ],
  [
    'a step that is both',
    'createRollout',
    { steps: [{ audience: SEGMENT.key, weight: 100_000 }] },
    'steps.0',
    'INVALID_INPUT',
  ],
  ['an audience of no template', 'createRollout', { audience: SEGMENT.key }, 'audience', 'INVALID_INPUT'],
  [
    'an algorithm that proves nothing',
    'setIdentity',
    { identity: { issuer: 'x', algorithms: ['HS256'], jwksUri: 'https://x/' } },
    'identity.algorithms.0',
    'INVALID_INPUT',
  ],
  ['no environment', 'createFlag', { environment: 'nowhere' }, 'environment', 'NOT_FOUND'],
  ['no reason', 'createFlag', { reason: '  ' }, 'reason', 'INVALID_INPUT'],
  ['a reason too long', 'createFlag', { reason: 'x'.repeat(2_001) }, 'reason', 'TOO_LARGE'],
  ['half of a pair in the reason', 'createFlag', { reason: '\ud800' }, 'reason', 'INVALID_INPUT'],
  [
    'an idempotency key of 201',
    'createFlag',
    { idempotencyKey: 'x'.repeat(201) },
    'idempotencyKey',
    'INVALID_INPUT',
  ],
  ['an empty idempotency key', 'createFlag', { idempotencyKey: '' }, 'idempotencyKey', 'INVALID_INPUT'],
];

describe('a document', () => {
  it.each(CASES)('with %s is refused by %s', async (_, mutation, change, field, code) => {
    const before = await api.ask('revision', { environment: ENVIRONMENT });
    const payload = await api.mutate(mutation, inProduction({ ...GOOD[mutation], ...change }));
    expect(payload.revision).toBeNull();
    const found = payload.userErrors.map((error) => [error.code, error.field]);
    expect(found.map(([had]) => had)).toContain(code);
    expect(found.some(([had, at]) => had === code && String(at).startsWith(field))).toBe(true);
    for (const { message } of payload.userErrors) expect(message).toMatch(/\S.*\.$/s);
    expect(await api.ask('revision', { environment: ENVIRONMENT })).toBe(before);
  });

  it.each(Object.entries(GOOD).filter(([mutation]) => mutation !== 'addFlagRule'))(
    'without a fault would be taken by %s',
    async (mutation, input) => {
      expect(await api.mutate(mutation, inProduction({ ...input, dryRun: true }))).toMatchObject({
        userErrors: [],
      });
    },
  );
});
