import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ClientError,
  type ClientOptions,
  type ClientStatus,
  createClient,
  type TidegateClient,
} from '@tidegate/sdk';
import type { Snapshot } from '@tidegate/sdk/engine';
import { EvaluationApp } from './evaluation-app.js';
import { flag } from './flag.js';
import { openStore } from './open-store.js';
import { ScriptedServer } from './scripted-server.js';
import { snapshotMessage, snapshotOf } from './snapshot.js';
import { until } from './until.js';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

const stream =
  (snapshot: Snapshot): Answer =>
  (_, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(snapshotMessage(snapshot));
  };

describe('polling', () => {
  let server: ScriptedServer;
  let url: string;
  let client: TidegateClient | undefined;
  let errors: ClientError[];
  let statuses: ClientStatus[];
  let held: Snapshot;
  /** What the server does with the stream, and with polls. */
  let onStream: Answer;
  let onPoll: Answer;
  let polls: { readonly etag: string | undefined; readonly status: number }[];

  const answerPoll: Answer = (req, res) => {
    const etag = `"${held.epoch}.${held.revision}"`;
    const status = req.headers['if-none-match'] === etag ? 304 : 200;
    polls.push({ etag: req.headers['if-none-match'], status });
    res.writeHead(status, { etag, 'content-type': 'application/json' });
    res.end(status === 200 ? JSON.stringify(held) : '');
  };

  beforeEach(async () => {
    server = new ScriptedServer();
    url = await server.listen();
    server.script = (req, res) => {
      if (req.url === '/api/v1/events') res.writeHead(200).end('{"applied":true,"dropped":0}');
      else (req.url === '/api/v1/stream' ? onStream : onPoll)(req, res);
    };
    errors = [];
    statuses = [];
    polls = [];
    held = snapshotOf(1, { width: 10 });
    onStream = (_, res) => res.writeHead(404).end();
    onPoll = answerPoll;
  });
  afterEach(async () => {
    await client?.close({ timeout: 200 });
    await server.close();
  });

  function connect(options: Partial<ClientOptions> = {}): TidegateClient {
    const made = createClient({
      url,
      key: 'tg_server_x',
      retryDelay: 10,
      pollInterval: 1_000,
      connectTimeout: 300,
      ...options,
    });
    made.on('error', (error) => errors.push(error));
    made.on('status', (status) => statuses.push(status));
    client = made;
    return made;
  }
  const width = (): number => client?.integer('width', {}, 0) ?? 0;

  it.each<[string, Answer]>([
    ['answers something else', (_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['does not know it', (_, res) => res.writeHead(404).end()],
    ['cuts it at once', (req) => req.socket.destroy()],
    ['ends it at once', (_, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).end()],
    ['never lets its head through', () => undefined],
    [
      'holds back what it brings',
      (_, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    ],
  ])('takes over where a proxy %s, and is current', async (_, answer) => {
    onStream = answer;
    await connect().ready();
    expect(width()).toBe(10);
    expect(client?.stats().origin).toBe('poll');
    held = snapshotOf(2, { width: 20 });
    await until(() => width() === 20);
    expect(client?.status).toBe('ready');
    expect(statuses).toEqual(['ready']);
  });

  it('gives way to the stream when it can be had, which goes on from where polls stood', async () => {
    await connect().ready();
    let lastEventId: unknown;
    onStream = (req, res) => {
      lastEventId = req.headers['last-event-id'];
      stream(snapshotOf(3, { width: 30 }))(req, res);
    };
    await until(() => width() === 30);
    expect(lastEventId).toBe('e.1');
    expect(client?.stats().origin).toBe('stream');
    const before = polls.length;
    await new Promise((done) => setTimeout(done, 1_500));
    expect(polls).toHaveLength(before);
  });

  it('is not begun while the stream is sound, nor where the key is refused', async () => {
    onStream = stream(held);
    await connect().ready();
    await new Promise((done) => setTimeout(done, 700));
    expect(polls).toEqual([]);
    await client?.close();
    onStream = (_, res) => res.writeHead(401).end();
    await expect(connect().ready()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await new Promise((done) => setTimeout(done, 700));
    expect(polls).toEqual([]);
  });

  it('alone, where it is asked for: asks for changes only', async () => {
    await connect({ mode: 'poll' }).ready();
    await until(() => polls.length >= 2);
    held = snapshotOf(2, { width: 20 });
    await until(() => width() === 20);
    await until(() => polls.at(-1)?.status === 304);
    expect(polls.slice(0, 2)).toEqual([
      { etag: undefined, status: 200 },
      { etag: '"e.1"', status: 304 },
    ]);
    expect(polls.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(server.requests.some((request) => request.url === '/api/v1/stream')).toBe(false);
  });

  it('passes over a replica that lags, and takes another epoch', async () => {
    held = snapshotOf(5, { width: 50 });
    await connect({ mode: 'poll' }).ready();
    held = snapshotOf(4, { width: 40 });
    await until(() => polls.length >= 2);
    await until(() => client?.status === 'ready');
    expect(width()).toBe(50);
    held = snapshotOf(1, { width: 11 }, { epoch: 'f' });
    await until(() => width() === 11);
  });

  it.each<[string, Answer, string]>([
    ['500', (_, res) => res.writeHead(500).end(), 'PROTOCOL'],
    ['503', (_, res) => res.writeHead(503).end(), 'UNAVAILABLE'],
    ['a page', (_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), 'PROTOCOL'],
    ['no snapshot', (_, res) => res.writeHead(200).end('{"flags":[]}'), 'PROTOCOL'],
    ['304 to nobody', (_, res) => res.writeHead(304).end(), 'PROTOCOL'],
    [
      'half an answer',
      (req, res) => {
        res.writeHead(200, { 'content-length': '1000' });
        res.write('{"environment":');
        setTimeout(() => req.socket.destroy(), 20);
      },
      'UNAVAILABLE',
    ],
    ['silence', () => undefined, 'UNAVAILABLE'],
    ['a body that never ends', (_, res) => void res.writeHead(200).write('{'), 'UNAVAILABLE'],
  ])('tells of %s and goes on', async (_, answer, code) => {
    onPoll = answer;
    connect({ mode: 'poll' });
    await until(() => errors.some((error) => error.code === code));
    expect(width()).toBe(0);
    onPoll = answerPoll;
    await until(() => width() === 10);
    expect(client?.status).toBe('ready');
  });

  it('becomes stale with the first poll that fails, and ready with the next that succeeds', async () => {
    await connect({ mode: 'poll' }).ready();
    onPoll = (_, res) => res.writeHead(502).end();
    await until(() => client?.status === 'stale');
    expect(width()).toBe(10);
    expect(client?.stats().staleSince).toBeInstanceOf(Date);
    onPoll = answerPoll;
    await until(() => client?.status === 'ready');
    expect(client?.stats().staleSince).toBeNull();
  });

  it('leaves the server alone for as long as it asks', async () => {
    let asked = 0;
    onPoll = (_, res) => {
      asked += 1;
      res.writeHead(429, { 'retry-after': '3600' }).end();
    };
    connect({ mode: 'poll' });
    await until(() => errors.length > 0);
    await new Promise((done) => setTimeout(done, 500));
    expect(asked).toBe(1);
  });

  it('follows a real server', async () => {
    const opened = await openStore();
    const app = new EvaluationApp(opened.store);
    await app.begin();
    await app.write({ kind: 'flag', key: 'f', value: flag('f') });
    const poller = connect({ url: app.url, key: app.tokens.server, mode: 'poll' });
    await until(() => poller.boolean('f', {}, false));
    await app.write({ kind: 'flag', key: 'f', value: flag('f', { enabled: false }) });
    await until(() => !poller.boolean('f', {}, true));
    await poller.close();
    await app.stop();
    await opened.close();
  });
});
