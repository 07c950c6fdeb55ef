import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientOptions, EvaluationContext, Json, TidegateClient } from '@tidegate/sdk';
import type { Flag, Snapshot } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { sampleRoute } from '../support/sample-documents.js';
import { flag } from './flag.js';
import { message, ScriptedClient, snapshot, stream } from './scripted-client.js';

const throwing = (): never => {
  throw new Error('no');
};

/** A flag of each type that splits by targeting key and asks for attributes on two levels. */
function flagOf(type: Flag['type'], on: Json, off: Json): Flag {
  const asks = (id: string, attribute: string[]) => ({
    id,
    condition: { attribute, operator: 'equals' as const, value: 'x' },
    serve: { variant: 'on' },
  });
  const split = {
    bucketBy: ['targetingKey'],
    salt: 's',
    arms: [
      { variant: 'on', weight: 0 },
      { variant: 'off', weight: 100_000 },
    ],
  };
  return flag(`a-${type}`, {
    type,
    variants: { on, off },
    defaultVariant: 'off',
    rules: [
      asks('flat', ['it']),
      asks('deep', ['deep', 'it']),
      asks('own', ['__proto__', 'polluted']),
      { id: 'split', condition: { all: [] }, serve: { split } },
    ],
  });
}

const SNAPSHOT: Snapshot = {
  ...snapshot(1, true),
  flags: [
    flagOf('boolean', true, false),
    flagOf('string', 'yes', 'no'),
    flagOf('integer', 1, 0),
    flagOf('number', 1.5, 0.5),
    flagOf('object', { on: true }, { on: false }),
  ],
  segments: [
    {
      key: 'those',
      description: '',
      rules: [{ attribute: ['it'], operator: 'equals', value: 'x' }],
      included: ['ann'],
      excluded: [],
    },
  ],
  routes: [
    sampleRoute('shop', {
      rules: [{ id: 'r', condition: { operator: 'inSegment', value: 'those' }, serve: { version: 'v2' } }],
    }),
  ],
  events: { failed: ['a-boolean', 'a-string'] },
};

function strangeContexts(): [string, unknown][] {
  const cyclic: Record<string, unknown> = {};
  cyclic['deep'] = cyclic;
  cyclic['list'] = [cyclic];
  const traps = { get: throwing, has: throwing, ownKeys: throwing, getOwnPropertyDescriptor: throwing };
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  class Inherited {
    get it(): string {
      return 'x';
    }
  }
  return [
    ['cyclic', cyclic],
    ['frozen', Object.freeze({ it: 'y', deep: Object.freeze({ it: 'y' }) })],
    ['a BigInt', { it: 10n, targetingKey: 10n }],
    ['a date', { it: new Date(), deep: new Date(NaN) }],
    ['NaN and infinities', { it: NaN, deep: { it: Infinity }, targetingKey: NaN }],
    ['a getter that throws', Object.defineProperty({}, 'it', { get: throwing, enumerable: true })],
    ['a deep getter that throws', { deep: Object.defineProperty({}, 'it', { get: throwing }) }],
    ['a key that throws', Object.defineProperty({}, 'targetingKey', { get: throwing })],
    ['traps all over', new Proxy({}, traps)],
    ['traps below', { it: new Proxy({}, traps), deep: new Proxy([], traps) }],
    ['a revoked proxy', revoked],
    ['a proxy of a function', new Proxy(() => undefined, traps)],
    ['keys of the prototype', JSON.parse('{"__proto__":{"it":"x"},"constructor":1,"toString":2}')],
    ['names of the prototype', { constructor: null, toString: null, valueOf: null, hasOwnProperty: null }],
    ['what is inherited', new Inherited()],
    ['an inherited key', Object.create({ it: 'x', targetingKey: 'ann' })],
    ['symbols', { [Symbol('x')]: 'x', it: Symbol('x'), targetingKey: Symbol('x') }],
    ['no prototype', Object.create(null)],
    ['a megabyte', { it: 'y'.repeat(1_048_576), targetingKey: '' }],
    ['a map', new Map([['it', 'x']])],
    ['a list', ['x']],
    ['functions', { it: () => 'x', deep: () => ({ it: 'x' }) }],
    ['an object in the key', { targetingKey: { toString: throwing } }],
    ['half a surrogate', { it: '\uD800' }],
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['a string', 'it'],
    ['a boolean', true],
    ['a symbol', Symbol('it')],
    ['a BigInt itself', 7n],
    ['a function', () => 'it'],
  ];
}

/** Everything that takes a context, as (what it answers for nobody, what it answers now). */
const QUESTIONS: [string, (client: TidegateClient, context: EvaluationContext) => unknown, unknown][] = [
  ['boolean', (client, context) => client.boolean('a-boolean', context, true), false],
  ['string', (client, context) => client.string('a-string', context, 'mine'), 'no'],
  ['integer', (client, context) => client.integer('a-integer', context, 7), 0],
  ['number', (client, context) => client.number('a-number', context, 7), 0.5],
  ['object', (client, context) => client.object('a-object', context, {}), { on: false }],
  ['details', (client, context) => client.details('a-boolean', context, true).value, false],
  ['details of no flag', (client, context) => client.details('none', context, 7).errorCode, 'FLAG_NOT_FOUND'],
  [
    'details of a type',
    (client, context) => client.details('a-string', context, 7).errorCode,
    'TYPE_MISMATCH',
  ],
  ['track', (client, context) => client.track('failed', context, 1), undefined],
  ['routeHeaders', (client, context) => client.routeHeaders(context), { 'x-tg-b': '', 'x-tg-s': '' }],
];

/** A client bound to contexts, one over the other, which is asked as if it were not. */
function bound(
  client: TidegateClient,
  first: EvaluationContext,
  ...more: EvaluationContext[]
): TidegateClient {
  let one = client.forContext(first);
  for (const context of more) one = one.forContext(context);
  const asked = {
    boolean: (key: string, _: unknown, fallback: boolean) => one.boolean(key, fallback),
    string: (key: string, _: unknown, fallback: string) => one.string(key, fallback),
    integer: (key: string, _: unknown, fallback: number) => one.integer(key, fallback),
    number: (key: string, _: unknown, fallback: number) => one.number(key, fallback),
    object: (key: string, _: unknown, fallback: Json) => one.object(key, fallback),
    details: (key: string, _: unknown, fallback: Json) => one.details(key, fallback),
    track: (event: string, _: unknown, value: number) => one.track(event, value),
    routeHeaders: () => one.routeHeaders(),
  };
  return asked as unknown as TidegateClient;
}

describe('a context that the SDK is given', () => {
  let sdk: ScriptedClient;
  let client: TidegateClient;

  beforeAll(async () => {
    sdk = new ScriptedClient();
    await sdk.start();
    sdk.server.script = (req, res) => {
      if (req.url === '/api/v1/events') res.writeHead(200).end('{"applied":true,"dropped":0}');
      else stream(res, message('snapshot', SNAPSHOT));
    };
    client = sdk.connect({ flushInterval: 60_000 });
    await client.ready();
  });
  afterAll(() => sdk.stop());

  describe.each(strangeContexts())('%s', (_, context) => {
    it.each(QUESTIONS)('answers %s as for nobody in particular', (_, ask, expected) => {
      expect(ask(client, context as EvaluationContext)).toEqual(expected);
    });
  });

  it.each<[string, Partial<ClientOptions>]>([
    ['there is a default context', { defaultContext: { region: 'eu' } }],
    ['hooks look on', { hooks: [{ before: () => ({ seen: true }), finally: () => undefined }] }],
    ['hooks throw', { hooks: [{ before: throwing, after: throwing, error: throwing, finally: throwing }] }],
    [
      'attributes are private',
      { privateAttributes: ['it', ['deep', 'it']], hooks: [{ before: () => undefined }] },
    ],
  ])('is answered alike, bound to it or not, where %s', async (_, options) => {
    const other = new ScriptedClient();
    const asked = other.connect({ ...options, url: sdk.url });
    await asked.ready();
    for (const [name, context] of strangeContexts() as [string, EvaluationContext][]) {
      for (const [question, ask, expected] of QUESTIONS) {
        const answers = [
          ask(asked, context),
          ask(bound(asked, context), {}),
          ask(bound(asked, {}, context), {}),
        ];
        expect({ name, question, answers }).toEqual({
          name,
          question,
          answers: [expected, expected, expected],
        });
      }
    }
    await asked.close();
  });

  it('may be strange in one place and count in another', () => {
    const context = { it: 'x', deep: new Proxy({}, { get: throwing }), targetingKey: 'ann' };
    expect(client.details('a-boolean', context, false)).toMatchObject({ value: true, rule: 'flat' });
    expect(client.routeHeaders(context)).toEqual({
      'x-tg-b': expect.stringMatching(/^shop=\d{4}$/),
      'x-tg-s': 'those',
    });
  });

  it('is never changed and never kept', () => {
    const context = Object.freeze({ it: 'x', deep: Object.freeze({ it: 'y' }) });
    for (const [, ask] of QUESTIONS) ask(client, context);
    expect(context).toEqual({ it: 'x', deep: { it: 'y' } });
  });

  it.each([
    undefined,
    null,
    7,
    {},
    Symbol('x'),
    Object.create(null),
    { toString: throwing },
    '__proto__',
    '',
  ])('is no help to a key that is none: %#', (key) => {
    expect(client.boolean(key as string, {}, true)).toBe(true);
    expect(client.details(key as string, {}, 7)).toMatchObject({ value: 7, errorCode: 'FLAG_NOT_FOUND' });
    expect(client.track(key as string, {})).toBeUndefined();
  });

  it.each([NaN, -Infinity, 7n, '7', null, {}, Symbol('x')])(
    'leaves out a value that is no number: %#',
    (value) => {
      const before = client.stats().counted;
      client.track('failed', {}, value as number);
      expect(client.stats().counted).toBe(before);
    },
  );

  it.each([Symbol('x'), 7n, () => 1, undefined])('gives back a default of any kind: %#', (fallback) => {
    expect(client.details('none', {}, fallback as never).value).toBe(fallback);
    expect(client.object('none', {}, fallback as never)).toBe(fallback);
  });

  it('never makes a getter throw, whatever it is', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(anything, anything, (value, key) => {
        for (const context of [value, { it: value, deep: { it: value }, targetingKey: value }]) {
          for (const [, ask] of QUESTIONS) ask(client, context as never);
          client.details(key as string, context as never, value as never);
          client.track(key as string, context as never, value as never);
        }
      }),
      { numRuns: 500 },
    );
  });
});
