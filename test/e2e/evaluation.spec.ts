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
} from '../../src/evaluation/contract.js';
import { type Ask, EvaluationApp, type Reply } from './evaluation-app.js';
import { flag } from './flag.js';
import { openStore, type OpenStore } from './open-store.js';
import { until } from './until.js';

const FLAGS = '/ofrep/v1/evaluate/flags';

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
      expect(again.headers.get('access-control-expose-headers')).toBe('ETag, Retry-After');

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
