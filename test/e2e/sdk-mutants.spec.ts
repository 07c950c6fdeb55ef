import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type Details, type EvaluationContext, type TidegateClient } from '@tidegate/sdk';
import type { Flag } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { sampleRoute } from '../support/sample-documents.js';
import { flag } from './flag.js';
import { snapshot, stream } from './scripted-client.js';
import { ScriptedServer } from './scripted-server.js';

const SPLIT: Flag = flag('split', {
  prerequisites: [{ flag: 'new-checkout', variants: ['on'] }],
  targets: [{ variant: 'on', keys: ['ann'] }],
  rules: [
    { id: 'in', condition: { operator: 'inSegment', value: 'staff' }, serve: { variant: 'on' } },
    {
      id: 'part',
      condition: { all: [{ not: { attribute: ['country'], operator: 'matches', value: '^D' } }] },
      serve: {
        split: {
          bucketBy: ['targetingKey'],
          salt: 's',
          arms: [
            { variant: 'on', weight: 50_000 },
            { variant: 'off', weight: 50_000 },
          ],
        },
      },
    },
  ],
});

const SOUND = {
  ...snapshot(1, true),
  flags: [...snapshot(1, true).flags, SPLIT],
  segments: [{ key: 'staff', description: '', rules: [], included: ['bob'], excluded: [] }],
  routes: [
    sampleRoute('shop', {
      rules: [{ id: 'r', condition: { operator: 'inSegment', value: 'staff' }, serve: { version: 'v2' } }],
    }),
  ],
  events: { failed: ['split', 'new-checkout', 'gone'] },
};

/** Every place in a document, as a path of names. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...path, name]))];
}

/** A copy with something else at a place; undefined takes it away. */
function mutate(value: unknown, [name, ...rest]: readonly string[], other: unknown): unknown {
  if (name === undefined) return other;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[name] = mutate(copy[name], rest, other);
  return copy;
}

const CONTEXTS = [{}, { targetingKey: 'ann' }, { targetingKey: 'bob', country: 'DE' }, { targetingKey: 7 }];

/** Of details what is promised. */
const promised = ({ value, variant, reason, rule, errorCode }: Details): unknown => ({
  value,
  variant,
  reason,
  rule,
  errorCode,
});

/** Asks for everything, and returns what is answered. Throws if anything does. */
function ask(client: TidegateClient): unknown[] {
  const answers: unknown[] = [];
  for (const context of CONTEXTS as EvaluationContext[]) {
    for (const key of ['new-checkout', 'split', 'gone', '__proto__']) {
      answers.push(client.boolean(key, context, false), client.object(key, context, {}));
      for (const fallback of ['mine', false]) answers.push(promised(client.details(key, context, fallback)));
      client.onFlagChange(key, context, () => undefined)();
      client.onFlagChange(key, () => undefined)();
    }
    for (const event of ['failed', 'other', '__proto__']) client.track(event, context);
    answers.push(client.routeHeaders(context));
  }
  client.stats();
  return answers;
}

const inStream = (revision: number, data: unknown): string =>
  `id: e.${revision}\nevent: snapshot\ndata: ${JSON.stringify(data) ?? 'null'}\n\n`;

describe('a snapshot with one thing wrong in it', () => {
  let server: ScriptedServer;
  let url: string;
  let mutant: unknown;
  let sound: unknown[];

  beforeAll(async () => {
    server = new ScriptedServer();
    url = await server.listen();
    server.script = (req, res) => {
      if (req.url === '/api/v1/events') res.writeHead(200).end('{"applied":true,"dropped":0}');
      else stream(res, inStream(1, SOUND), inStream(2, mutant), inStream(3, mutant));
    };
    mutant = SOUND;
    const client = createClient({ url, key: 'k' });
    await client.ready();
    sound = ask(client);
    await client.close();
  });
  afterAll(() => server.close());

  it('is taken without a getter throwing, or refused whole, and the good answers stay', async () => {
    const seen = new Set<string>();
    const junk = fc.oneof(
      fc.constantFrom<unknown>(undefined, null, 0, -1, 1e308, '', 'x', true, [], {}, [null], [[]], {
        key: 'x',
      }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...placesOf(SOUND)), junk, async (place, other) => {
        mutant = mutate(SOUND, place, other);
        const client = createClient({ url, key: 'k', retryDelay: 10_000, flushInterval: 100 });
        let changes = 0;
        const outcome = new Promise<string>((done) => {
          client.on('error', ({ code }) => done(code));
          // the sound one, and the other twice
          client.on('change', () => (changes += 1) === 3 && done('taken'));
        });
        client.onFlagChange('split', () => undefined);
        try {
          const came = await outcome;
          seen.add(came);
          const answers = ask(client);
          if (came !== 'taken') expect(answers).toEqual(sound);
          await client.flush();
        } finally {
          await client.close();
        }
      }),
      { numRuns: 400 },
    );
    expect([...seen].sort()).toEqual(['PROTOCOL', 'taken']);
  }, 120_000);
});
