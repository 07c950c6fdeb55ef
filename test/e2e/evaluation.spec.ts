import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Flag, FlagType, Json } from '@tidegate/sdk/engine';
import type { z } from 'zod';
import {
  bulkFailureSchema,
  bulkSuccessSchema,
  evaluationFailureSchema,
  evaluationSuccessSchema,
  eventsAnswerSchema,
  failureSchema,
} from '../../src/evaluation/contract.js';
import { deltaSchema, snapshotSchema } from '../../src/evaluation/snapshot-contract.js';
import { type Ask, EvaluationApp, type Reply } from './evaluation-app.js';
import { openStore, type OpenStore } from './open-store.js';
import { EventReader } from './event-reader.js';
import { until } from './until.js';

const FLAGS = '/ofrep/v1/evaluate/flags';

function flag(key: string, over: Partial<Flag> = {}): Flag {
  return {
    key,
    type: 'boolean',
    description: '',
    owner: '',
    tags: [],
    lifetime: 'temporary',
    expiresAt: null,
    variants: { on: true, off: false },
    enabled: true,
    defaultVariant: 'on',
    offVariant: 'off',
    prerequisites: [],
    targets: [],
    rules: [],
    ...over,
  };
}

const valued = (key: string, type: FlagType, value: Json): Flag =>
  flag(key, { type, variants: { v: value }, defaultVariant: 'v', offVariant: null });

const percent = (otherwise?: 'error'): Flag['rules'] => [
  {
    id: 'split',
    condition: { all: [] },
    serve: {
      split: {
        bucketBy: ['targetingKey'],
        salt: 's',
        arms: [
          { variant: 'on', weight: 50_000 },
          { variant: 'off', weight: 50_000 },
        ],
        ...(otherwise === undefined ? {} : { otherwise }),
      },
    },
  },
];

const DOCUMENTS = [
  flag('plain'),
  flag('with:colon'),
  flag('disabled', { enabled: false }),
  flag('disabled-valueless', { enabled: false, offVariant: null }),
  flag('valueless', { defaultVariant: null }),
  flag('split', { rules: percent() }),
  flag('keyed', { rules: percent('error') }),
  flag('country', {
    defaultVariant: 'off',
    rules: [
      {
        id: 'ch',
        condition: { attribute: ['country'], operator: 'equals', value: 'CH' },
        serve: { variant: 'on' },
      },
    ],
  }),
  valued('whole-number', 'number', 10),
  valued('number', 'number', 0.25),
  valued('integer', 'integer', 10),
  valued('string', 'string', 'ö"€'),
  valued('object', 'object', { a: [1, { b: null }] }),
];

describe('the evaluation server', () => {
  let opened: OpenStore;
  let app: EvaluationApp;
  const ask = (path: string, options?: Ask): Promise<Reply> => app.ask(path, options);
  const evaluate = (key: string, context?: object, options?: Ask): Promise<Reply> =>
    ask(`${FLAGS}/${key}`, { body: { context }, ...options });

  beforeAll(async () => {
    opened = await openStore();
    app = new EvaluationApp(opened.store);
    await app.begin();
    await app.load({ flags: DOCUMENTS, segments: [], routes: [] });
  });
  afterAll(async () => {
    await app.stop();
    await opened.close();
  });

  function expectShape(reply: Reply, schema: z.ZodType): void {
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    schema.parse(reply.body);
  }

  it('leaves what is not its own to Nest', async () => {
    for (const path of ['/', '/graphql', '/api/v1/other', '/ofrepx', '/api/v1/snapshots']) {
      expect((await ask(path)).headers.get('x-answered-by')).toBe('nest');
    }
  });

  describe('evaluating one flag', () => {
    it.each<[string, object, object]>([
      ['plain', {}, { value: true, reason: 'STATIC', variant: 'on', metadata: {} }],
      ['disabled', {}, { value: false, reason: 'DISABLED', variant: 'off', metadata: {} }],
      ['disabled-valueless', {}, { reason: 'DISABLED', variant: '', metadata: {} }],
      ['valueless', {}, { reason: 'DEFAULT', variant: '', metadata: {} }],
      [
        'country',
        { country: 'CH' },
        { value: true, reason: 'TARGETING_MATCH', variant: 'on', metadata: { rule: 'ch' } },
      ],
      ['country', { country: 'AT' }, { value: false, reason: 'DEFAULT', variant: 'off', metadata: {} }],
      ['split', {}, { value: false, reason: 'DEFAULT', variant: 'off', metadata: { rule: 'split' } }],
      ['string', {}, { value: 'ö"€', reason: 'STATIC', variant: 'v', metadata: {} }],
      ['object', {}, { value: { a: [1, { b: null }] }, reason: 'STATIC', variant: 'v', metadata: {} }],
    ])('answers %s for %j', async (key, context, expected) => {
      const reply = await evaluate(key, context);
      expect(reply.status).toBe(200);
      expectShape(reply, evaluationSuccessSchema);
      expect(reply.body).toEqual({ key, ...expected });
    });

    it.each([
      ['whole-number', '"value":10.0,'],
      ['number', '"value":0.25,'],
      ['integer', '"value":10,'],
    ])('writes %s so that typed languages tell floats from integers', async (key, text) => {
      expect((await evaluate(key, {})).text).toContain(text);
    });

    it.each<[string, unknown]>([
      ['an empty object', {}],
      ['a null context', { context: null }],
      ['an empty context', { context: {} }],
      ['members that OFREP does not know', { context: {}, extra: 1 }],
    ])('accepts %s', async (_, body) => {
      expect((await ask(`${FLAGS}/plain`, { body })).status).toBe(200);
    });

    it('accepts keys percent-encoded, raw, and with a slash or a query behind', async () => {
      for (const path of ['with:colon', 'with%3Acolon', 'with%3acolon/', 'with:colon?x=1']) {
        expect((await evaluate(path)).body).toMatchObject({ key: 'with:colon', value: true });
      }
    });

    it.each(['missing', '__proto__', 'toString', '%E0%A4%A', 'a%2Fb', 'a/b', 'a%20b'])(
      'says that there is no flag %s',
      async (key) => {
        const reply = await evaluate(key);
        expect(reply.status).toBe(404);
        expectShape(reply, evaluationFailureSchema);
        expect(reply.body).toMatchObject({ errorCode: 'FLAG_NOT_FOUND', metadata: {} });
      },
    );

    it('says that a key is missing only where the flag needs one', async () => {
      const reply = await evaluate('keyed', {});
      expect(reply.status).toBe(400);
      expectShape(reply, evaluationFailureSchema);
      expect(reply.body).toMatchObject({ key: 'keyed', errorCode: 'TARGETING_KEY_MISSING' });
      expect((await evaluate('keyed', { targetingKey: 'ann' })).status).toBe(200);
    });
  });

  const deep = `{"context":{"a":${'['.repeat(100)}1${']'.repeat(100)}}}`;

  describe.each([
    ['one flag', `${FLAGS}/plain`, evaluationFailureSchema],
    ['all flags', FLAGS, bulkFailureSchema],
  ])('evaluating %s', (_, path, schema) => {
    it.each<[string, Ask, number, string]>([
      ['no token', { token: null, body: {} }, 401, 'GENERAL'],
      ['an unknown token', { token: 'tg_server_unknown', body: {} }, 401, 'GENERAL'],
      ['another scheme', { token: null, headers: { authorization: 'Basic x' }, body: {} }, 401, 'GENERAL'],
      ['half a document', { body: '{"context":' }, 400, 'PARSE_ERROR'],
      ['nothing', { body: '' }, 400, 'PARSE_ERROR'],
      ['bad UTF-8', { body: new Uint8Array([0x7b, 0xff, 0x7d]) }, 400, 'PARSE_ERROR'],
      ['deep nesting', { body: deep }, 400, 'PARSE_ERROR'],
      ['a list', { body: [] }, 400, 'INVALID_CONTEXT'],
      ['a context that is a list', { body: { context: [] } }, 400, 'INVALID_CONTEXT'],
      ['a context that is text', { body: { context: 'x' } }, 400, 'INVALID_CONTEXT'],
      ['ten megabytes', { body: `{"a":"${'x'.repeat(10_000_000)}"}` }, 413, 'GENERAL'],
      ['another method', { method: 'PUT', body: {} }, 405, 'PARSE_ERROR'],
    ])('refuses %s in the shape that clients read', async (__, options, status, errorCode) => {
      const reply = await ask(path, options);
      expect(reply.status).toBe(status);
      expectShape(reply, schema);
      expect(reply.body).toMatchObject({ errorCode });
      expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    });

    it('refuses an admin token', async () => {
      const reply = await ask(path, { token: app.tokens.admin, body: {} });
      expect(reply.status).toBe(403);
      expectShape(reply, schema);
    });

    it('takes the token from X-API-Key as well', async () => {
      const headers = { 'x-api-key': app.tokens.client };
      expect((await ask(path, { token: null, headers, body: {} })).status).toBe(200);
    });

    it('lets pages of any origin ask', async () => {
      const reply = await ask(path, { method: 'OPTIONS', token: null });
      expect(reply.status).toBe(204);
      expect(reply.headers.get('access-control-allow-origin')).toBe('*');
      expect(reply.headers.get('access-control-allow-headers')).toContain('if-none-match');
      expect((await ask(path, { body: {} })).headers.get('access-control-expose-headers')).toBe(
        'ETag, Retry-After',
      );
    });
  });

  it('answers unknown OFREP addresses in OFREP', async () => {
    for (const path of ['/ofrep/v1/configuration', `${FLAGS}x`, '/ofrep/']) {
      const reply = await ask(path, { body: {} });
      expect(reply.status).toBe(404);
      expectShape(reply, bulkFailureSchema);
    }
  });

  describe('evaluating all flags', () => {
    it('gives every flag the answer it gives alone, the failed ones too', async () => {
      const context = { country: 'CH' };
      const reply = await ask(FLAGS, { body: { context } });
      expectShape(reply, bulkSuccessSchema);
      const { flags } = reply.body as { flags: { key: string }[] };
      expect(flags).toHaveLength(DOCUMENTS.length);
      for (const item of flags) expect(item).toEqual((await evaluate(item.key, context)).body);
      expect(reply.text).toContain('"value":10.0,');
    });

    it('answers with a slash behind as well', async () => {
      expect((await ask(`${FLAGS}/`, { body: {} })).status).toBe(200);
    });

    it('says 304 while neither context nor configuration changed', async () => {
      const body = { context: { targetingKey: 'ann' } };
      const etag = (await ask(FLAGS, { body })).headers.get('etag') ?? '';
      const again = await ask(FLAGS, { body, headers: { 'if-none-match': etag } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);

      const other = { context: { targetingKey: 'ann', country: 'CH' } };
      expect((await ask(FLAGS, { body: other, headers: { 'if-none-match': etag } })).status).toBe(200);

      const verified = { context: { targetingKey: 'ann', verified: { a: 1 } } };
      const asServer = (await ask(FLAGS, { body: verified })).headers.get('etag') ?? '';
      const asClient = await ask(FLAGS, {
        body: verified,
        token: app.tokens.client,
        headers: { 'if-none-match': asServer },
      });
      expect(asClient.status).toBe(200);

      await app.write({ kind: 'flag', key: 'plain', value: flag('plain', { description: 'touched' }) });
      await until(
        async () => (await ask(FLAGS, { body, headers: { 'if-none-match': etag } })).status === 200,
      );
    });
  });

  describe('the snapshot', () => {
    it('is whole, has the cursor as its ETag, and is not sent twice', async () => {
      const reply = await ask('/api/v1/snapshot', { method: 'GET' });
      expectShape(reply, snapshotSchema);
      const { epoch, revision, flags } = snapshotSchema.parse(reply.body);
      expect(flags.map(({ key }) => key).sort()).toEqual(DOCUMENTS.map(({ key }) => key).sort());
      const etag = reply.headers.get('etag') ?? '';
      expect(etag).toBe(`"${epoch}.${revision}"`);
      const again = await ask('/api/v1/snapshot', { method: 'GET', headers: { 'if-none-match': etag } });
      expect([again.status, again.text]).toEqual([304, '']);
    });

    it.each(['/api/v1/snapshot', '/api/v1/stream'])('%s is for server tokens only', async (path) => {
      for (const [token, status] of [
        [null, 401],
        [app.tokens.client, 403],
        [app.tokens.admin, 403],
      ] as const) {
        const reply = await ask(path, { method: 'GET', token });
        expect(reply.status).toBe(status);
        expectShape(reply, failureSchema);
      }
      expect((await ask(path, { method: 'POST' })).status).toBe(405);
    });
  });

  describe('the stream', () => {
    const open = (headers: Record<string, string> = {}, query = ''): Promise<EventReader> =>
      EventReader.open(`${app.url}/api/v1/stream${query}`, {
        authorization: `Bearer ${app.tokens.server}`,
        ...headers,
      });
    const touch = (): Promise<number> =>
      app.write({ kind: 'flag', key: 'plain', value: flag('plain', { description: String(Math.random()) }) });

    it('begins with a snapshot and goes on with each change', async () => {
      const reader = await open();
      const first = await reader.next();
      expect(first.event).toBe('snapshot');
      const { epoch, revision } = snapshotSchema.parse(JSON.parse(first.data));
      expect(first.id).toBe(`${epoch}.${revision}`);
      for (const written of [await touch(), await touch()]) {
        const next = await reader.next();
        expect([next.event, next.id]).toEqual(['delta', `${epoch}.${written}`]);
        expect(deltaSchema.parse(JSON.parse(next.data)).from).toBe(written - 1);
      }
      reader.close();
    });

    it('goes on where the client stood, by header or query', async () => {
      const reader = await open();
      const { id } = await reader.next();
      reader.close();
      const written = await touch();
      for (const again of [await open({ 'last-event-id': id }), await open({}, `?from=${id}`)]) {
        const next = await again.next();
        expect([next.event, next.id.endsWith(`.${written}`)]).toEqual(['delta', true]);
        again.close();
      }
    });

    it.each(['other.1', 'rubbish', '', '.', '1'])(
      'begins anew for the unknown cursor "%s"',
      async (cursor) => {
        const reader = await open({ 'last-event-id': cursor });
        expect((await reader.next()).event).toBe('snapshot');
        reader.close();
      },
    );

    it('begins anew for a cursor that lies ahead', async () => {
      const { epoch, revision } = (await ask('/api/v1/snapshot', { method: 'GET' })).body as {
        epoch: string;
        revision: number;
      };
      const reader = await open({ 'last-event-id': `${epoch}.${revision + 5}` });
      expect((await reader.next()).event).toBe('snapshot');
      reader.close();
    });

    it('tells five hundred clients each change once and in order', async () => {
      const readers = await Promise.all(Array.from({ length: 500 }, () => open()));
      await Promise.all(readers.map((reader) => reader.next()));
      const written = [await touch(), await touch(), await touch()];
      const told = await Promise.all(
        readers.map(async (reader) => [await reader.next(), await reader.next(), await reader.next()]),
      );
      for (const messages of told) {
        expect(messages.map(({ id }) => Number(id.split('.').at(-1)))).toEqual(written);
      }
      for (const reader of readers) reader.close();
    });
  });

  describe('events', () => {
    const guard = {
      key: 'g',
      description: '',
      source: 'events' as const,
      query: null,
      template: null,
      events: { flag: 'country', bad: 'failed', total: 'exposures' },
      margin: 2,
      threshold: null,
      alpha: 0.01,
      phi: 2,
      minEvents: 5,
      action: null,
      target: { flag: 'country', new: 'on', control: 'off' },
    };
    const count = { flag: 'country', rule: 'ch', variant: 'on', event: 'failed', count: 2, sum: 3.5 };
    const send = (client: string, sequence: number, counts: unknown[], options?: Ask): Promise<Reply> =>
      ask('/api/v1/events', { body: { client, sequence, counts }, ...options });
    const stored = async (series: string): Promise<{ count: number; sum: number }> => {
      const window = Math.floor((await app.store.now()) / 5_000);
      const windows = await app.store.readCounts(app.environment, [series], window - 6, window + 1);
      const all = [...windows.values()].map((counts) => counts.get(series) ?? { count: 0, sum: 0 });
      return all.reduce((a, b) => ({ count: a.count + b.count, sum: a.sum + b.sum }), { count: 0, sum: 0 });
    };

    beforeAll(async () => {
      await app.write({ kind: 'guard', key: 'g', value: guard });
      await until(async () => {
        const { body } = await ask('/api/v1/snapshot', { method: 'GET' });
        return Object.hasOwn((body as { events: object }).events, 'failed');
      });
    });

    it('are applied once per client and sequence, from server and client tokens', async () => {
      const first = await send('client-aaaa', 1, [count]);
      expectShape(first, eventsAnswerSchema);
      expect(first.body).toEqual({ applied: true, dropped: 0 });
      expect((await send('client-aaaa', 1, [count])).body).toEqual({ applied: false, dropped: 0 });
      expect((await send('client-bbbb', 1, [count], { token: app.tokens.client })).body).toEqual({
        applied: true,
        dropped: 0,
      });
      expect(await stored('country|ch|on|failed')).toEqual({ count: 4, sum: 7 });
    });

    it.each([
      ['flag', { flag: 'nobody' }],
      ['flag of that event', { flag: 'split', rule: 'split' }],
      ['variant', { variant: 'maybe' }],
      ['rule', { rule: 'other' }],
      ['event', { event: 'other' }],
    ])('of no known %s are dropped: %j', async (_, over) => {
      const counts = [
        { ...count, ...over },
        { ...count, event: 'exposures', rule: null, variant: 'off' },
      ];
      const reply = await send(`client-${Math.random().toString(36).slice(2)}`, 1, counts);
      expect(reply.body).toEqual({ applied: true, dropped: 1 });
    });

    it.each<[string, unknown, string]>([
      ['a client id that is too short', { client: 'x', sequence: 1, counts: [] }, 'client'],
      ['a sequence below one', { client: 'client-cccc', sequence: 0, counts: [] }, 'sequence'],
      ['an unknown member', { client: 'client-cccc', sequence: 1, counts: [], x: 1 }, 'body'],
      [
        'a reserved name',
        { client: 'client-cccc', sequence: 1, counts: [{ ...count, variant: 'toString' }] },
        'counts.0.variant',
      ],
      [
        'a count of zero',
        { client: 'client-cccc', sequence: 1, counts: [{ ...count, count: 0 }] },
        'counts.0.count',
      ],
      [
        'a sum that is no number',
        { client: 'client-cccc', sequence: 1, counts: [{ ...count, sum: 'x' }] },
        'counts.0.sum',
      ],
      ['a list', [], 'body'],
      ['rubbish', 'rubbish', 'JSON'],
    ])('with %s are refused by name', async (_, body, named) => {
      const reply = await ask('/api/v1/events', { body });
      expect(reply.status).toBe(400);
      expectShape(reply, failureSchema);
      expect(reply.body).toMatchObject({ errorCode: 'INVALID_INPUT' });
      expect((reply.body as { errorDetails: string }).errorDetails).toContain(named);
    });

    it('of more than a megabyte are refused', async () => {
      const reply = await ask('/api/v1/events', { body: JSON.stringify('x'.repeat(1_100_000)) });
      expect(reply.status).toBe(413);
      expectShape(reply, failureSchema);
      expect(reply.body).toMatchObject({ errorCode: 'TOO_LARGE' });
    });
  });

  describe('lives on when a client', () => {
    const alive = async (): Promise<void> => expect((await evaluate('plain', {})).status).toBe(200);

    it('hangs up in the middle of its body', async () => {
      await new Promise<void>((done) => {
        const req = request(`${app.url}${FLAGS}/plain`, {
          method: 'POST',
          headers: { authorization: `Bearer ${app.tokens.server}`, 'content-length': 1_000 },
        });
        req.on('error', () => done());
        req.write('{"context":');
        setTimeout(() => req.destroy(), 50);
      });
      await alive();
    });

    it('hangs up before its answer', async () => {
      for (let i = 0; i < 20; i += 1) {
        const controller = new AbortController();
        const asked = fetch(`${app.url}${FLAGS}`, {
          method: 'POST',
          body: '{}',
          headers: { authorization: `Bearer ${app.tokens.server}` },
          signal: controller.signal,
        });
        setTimeout(() => controller.abort(), i % 4);
        await asked.catch(() => undefined);
      }
      await alive();
    });

    it('speaks no HTTP', async () => {
      await new Promise<void>((done) => {
        const socket = connect(app.port, '127.0.0.1', () => socket.write('\x16\x03\x01 rubbish\r\n\r\n'));
        socket.on('close', () => done());
        socket.on('error', () => done());
        socket.resume();
      });
      await alive();
    });
  });

  it('reads raw keys that no well-behaved client would send', async () => {
    const answer = await new Promise<string>((done) => {
      let text = '';
      const head = `POST ${FLAGS}/a%zz HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${app.tokens.server}`;
      const socket = connect(app.port, '127.0.0.1', () =>
        socket.write(`${head}\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`),
      );
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('close', () => done(text));
    });
    expect(answer).toContain('404 Not Found');
    expect(answer).toContain('"key":"a%zz"');
  });
});
