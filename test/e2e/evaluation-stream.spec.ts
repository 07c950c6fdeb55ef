import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { guardSchema } from '../../src/domain/guard.js';
import { eventsAnswerSchema, failureSchema } from '../../src/evaluation/contract.js';
import { deltaSchema, snapshotSchema } from '../../src/evaluation/snapshot-contract.js';
import { type Ask, EvaluationApp, type Reply } from './evaluation-app.js';
import { EventReader } from './event-reader.js';
import { flag } from './flag.js';
import { openStore, type OpenStore } from './open-store.js';
import { until } from './until.js';

const DOCUMENTS = [
  flag('plain'),
  flag('split'),
  flag('country', {
    rules: [
      {
        id: 'ch',
        condition: { attribute: ['country'], operator: 'equals', value: 'CH' },
        serve: { variant: 'on' },
      },
    ],
  }),
];

describe("what Tidegate's own SDKs talk to", () => {
  let opened: OpenStore;
  let app: EvaluationApp;
  const ask = (path: string, options?: Ask): Promise<Reply> => app.ask(path, options);

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

    it('gives a snapshot to who claims to stand further than the store, and lets everybody else be', async () => {
      const { epoch, revision } = (await ask('/api/v1/snapshot', { method: 'GET' })).body as {
        epoch: string;
        revision: number;
      };
      const present = await open();
      await present.next();
      const ahead = await open({ 'last-event-id': `${epoch}.999999999` });
      const first = await ahead.next();
      expect([first.event, first.id]).toEqual(['snapshot', `${epoch}.${revision}`]);
      const written = await touch();
      for (const reader of [ahead, present]) {
        const next = await reader.next();
        expect([next.event, next.id]).toEqual(['delta', `${epoch}.${written}`]);
        reader.close();
      }
    });

    it('says "try again" to a cursor that lies ahead while the store is away', async () => {
      const other = await openStore();
      const replica = new EvaluationApp(other.store);
      await replica.begin();
      const { headers } = await replica.ask('/api/v1/snapshot', { method: 'GET' });
      const [epoch = ''] = (headers.get('etag') ?? '').replace('"', '').split('.');
      await other.store.close();
      const reply = await replica.ask('/api/v1/stream', {
        method: 'GET',
        headers: { 'last-event-id': `${epoch}.99` },
      });
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1']);
      expectShape(reply, failureSchema);
      await replica.stop();
      await other.close();
    });

    it('forgets those that waited behind another one on a connection when that breaks', async () => {
      const { hostname, port } = new URL(app.url);
      const subscribers = app.views?.get(app.environment)?.subscribers;
      const before = subscribers?.size ?? 0;
      const socket = connect(Number(port), hostname);
      const request = `GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nX-API-Key: ${app.tokens.server}\r\n\r\n`;
      socket.resume().write(request.repeat(3));
      await until(() => subscribers?.size === before + 3);
      socket.destroy();
      await until(() => subscribers?.size === before);
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
    const guard = guardSchema.parse({
      key: 'g',
      source: 'events',
      events: { flag: 'country', bad: 'failed', total: 'exposures' },
      margin: 2,
      target: { flag: 'country', new: 'on', control: 'off' },
    });
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

    it('that come to nothing leave nothing in the store', async () => {
      const unknown = { ...count, flag: 'nobody' };
      expect((await send('client-dddd', 1, [])).body).toEqual({ applied: true, dropped: 0 });
      expect((await send('client-dddd', 1, [unknown])).body).toEqual({ applied: true, dropped: 1 });
      const batch = { client: 'client-dddd', sequence: 1, counts: [] };
      expect(await app.store.addCounts(app.environment, batch)).toBe(true);
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

    it('of more new clients than a token may bring in a minute are put off, and those of known ones are not', async () => {
      const exposure = [{ ...count, event: 'exposures' }];
      expect((await send('client-known', 1, exposure)).status).toBe(200);
      let refused: Reply | undefined;
      for (let n = 0; refused === undefined && n < 4_000; n += 50) {
        const crowd = Array.from({ length: 50 }, (_, i) => send(`client-crowd-${n + i}`, 1, exposure));
        refused = (await Promise.all(crowd)).find(({ status }) => status !== 200);
      }
      expect(refused).toMatchObject({ status: 429, body: { errorCode: 'TOO_MANY_CLIENTS' } });
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
      expectShape(refused as Reply, failureSchema);
      expect((await send('client-known', 2, exposure)).body).toEqual({ applied: true, dropped: 0 });
    }, 30_000);

    it('of more than a megabyte are refused', async () => {
      const reply = await ask('/api/v1/events', { body: JSON.stringify('x'.repeat(1_100_000)) });
      expect(reply.status).toBe(413);
      expectShape(reply, failureSchema);
      expect(reply.body).toMatchObject({ errorCode: 'TOO_LARGE' });
    });
  });
});
