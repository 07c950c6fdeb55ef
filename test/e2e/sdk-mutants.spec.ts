import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type TidegateClient } from '@tidegate/sdk';
import type { Flag } from '@tidegate/sdk/engine';
import fc from 'fast-check';
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
    {
      key: 'shop',
      description: '',
      service: 'shop.default.svc.cluster.local',
      port: 80,
      gateways: [],
      mesh: true,
      versions: { v1: {}, v2: {} },
      salt: 's',
      bucketBy: ['targetingKey'],
      rules: [{ id: 'r', condition: { operator: 'inSegment', value: 'staff' }, serve: { version: 'v2' } }],
      default: 'v1',
      closed: null,
    },
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

/** Asks for everything; throws if anything does. */
function ask(client: TidegateClient): void {
  for (const context of CONTEXTS) {
    for (const key of ['new-checkout', 'split', 'gone', '__proto__']) {
      client.boolean(key, context as never, false);
      client.object(key, context as never, {});
      client.details(key, context as never, 'mine');
    }
    for (const event of ['failed', 'other', '__proto__']) client.track(event, context as never);
    client.routeHeaders(context as never);
  }
  client.stats();
}

describe('a snapshot with one thing wrong in it', () => {
  let server: ScriptedServer;
  let url: string;
  let text = '';

  beforeAll(async () => {
    server = new ScriptedServer();
    url = await server.listen();
    server.script = (req, res) => {
      if (req.url === '/api/v1/events') res.writeHead(200).end('{"applied":true,"dropped":0}');
      else stream(res, text);
    };
  });
  afterAll(() => server.close());

  /** Ready, or why not. */
  async function outcome(client: TidegateClient): Promise<string> {
    const refused = new Promise<string>((done) => client.on('error', ({ code }) => done(code)));
    return Promise.race([client.ready().then(() => 'ready'), refused]);
  }

  it('is refused whole, or taken without any getter throwing', async () => {
    const seen = new Set<string>();
    const junk = fc.oneof(
      fc.constantFrom<unknown>(undefined, null, 0, -1, 1e308, '', 'x', true, [], {}, [null], [[]], {
        key: 'x',
      }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...placesOf(SOUND)), junk, async (place, other) => {
        const data = JSON.stringify(mutate(SOUND, place, other)) ?? 'null';
        text = `id: e.1\nevent: snapshot\ndata: ${data}\n\n`;
        const client = createClient({ url, key: 'k', retryDelay: 10, flushInterval: 100 });
        try {
          seen.add(await outcome(client));
          ask(client);
          await client.flush();
        } finally {
          await client.close();
        }
      }),
      { numRuns: 400 },
    );
    expect([...seen].sort()).toEqual(['PROTOCOL', 'ready']);
  }, 120_000);
});
