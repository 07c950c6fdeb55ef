import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { delta, message, ScriptedClient, snapshot, stream } from './scripted-client.js';
import type { ScriptedServer } from './scripted-server.js';
import { until } from './until.js';

describe('the SDK, when the server misbehaves', () => {
  let sdk: ScriptedClient;
  let server: ScriptedServer;

  beforeEach(async () => {
    sdk = new ScriptedClient();
    server = sdk.server;
    await sdk.start();
  });
  afterEach(() => sdk.stop());

  it('serves defaults until there is a snapshot, and says why', async () => {
    server.script = () => undefined;
    const waiting = sdk.connect();
    expect(waiting.status).toBe('connecting');
    expect(waiting.details('new-checkout', {}, true)).toEqual({
      value: true,
      variant: null,
      reason: 'ERROR',
      rule: null,
      errorCode: 'PROVIDER_NOT_READY',
      errorMessage: expect.any(String),
    });
    expect(waiting.routeHeaders({ targetingKey: 'ann' })).toEqual({ 'x-tg-b': '', 'x-tg-s': '' });
    await expect(waiting.ready({ timeout: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
  ])('ready rejects on %i with %s, and a mended key is found later', async (status, code) => {
    server.script = (_, res) => res.writeHead(status).end();
    const refused = sdk.connect();
    await expect(refused.ready()).rejects.toMatchObject({ code });
    expect(refused.status).toBe('connecting');
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    await refused.ready();
    expect(sdk.isOn).toBe(true);
  });

  it.each<[string, (res: ServerResponse) => void, string]>([
    ['an error', (res) => res.writeHead(500).end('boom'), 'PROTOCOL'],
    ['not ready', (res) => res.writeHead(503).end(), 'UNAVAILABLE'],
    [
      'another content type',
      (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      'PROTOCOL',
    ],
    ['a redirect', (res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'PROTOCOL'],
    [
      'nothing in the stream',
      (res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
      'UNAVAILABLE',
    ],
    [
      'bytes that are no UTF-8',
      (res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).write(Buffer.from([0xff])),
      'PROTOCOL',
    ],
    ['a snapshot that is no JSON', (res) => stream(res, 'event: snapshot\ndata: {"a\n\n'), 'PROTOCOL'],
    ['a snapshot that is none', (res) => stream(res, 'event: snapshot\ndata: {"epoch":"e"}\n\n'), 'PROTOCOL'],
    ['a delta before any snapshot', (res) => stream(res, message('delta', delta(1, true))), 'PROTOCOL'],
  ])('tries again after %s', async (_, misbehave, code) => {
    server.script = (_, res) => {
      misbehave(res);
      server.script = (_, next) => stream(next, message('snapshot', snapshot(1, true)));
    };
    await sdk.connect().ready();
    expect(sdk.codes).toEqual([code]);
    expect(sdk.isOn).toBe(true);
  });

  it('drops half a message, serves the last snapshot meanwhile, and goes on where it stood', async () => {
    const half = message('delta', delta(1, true)).slice(0, 60);
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, false)), half);
    const client = sdk.connect();
    await client.ready();
    server.script = () => undefined;
    server.cut();
    await until(() => client.status === 'stale');
    expect(client.details('new-checkout', {}, true)).toMatchObject({ value: false, variant: 'off' });
    server.cut();
    server.script = (_, res) => stream(res, message('delta', delta(1, true)));
    await until(() => sdk.isOn);
    expect(server.streams.at(-1)?.lastEventId).toBe('e.1');
    expect(sdk.statuses).toEqual(['ready', 'stale', 'ready']);
  });

  it('is ready again when nothing was missed', async () => {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    await sdk.connect().ready();
    server.script = (_, res) => stream(res);
    server.cut();
    await until(() => sdk.statuses.length === 3);
    expect(sdk.statuses).toEqual(['ready', 'stale', 'ready']);
  });

  it.each([
    ['a gap', delta(7, true)],
    ['a delta of another epoch', delta(1, true, 'other')],
  ])('begins anew without an id after %s', async (_, unfit) => {
    server.script = (_, res) => {
      stream(res, message('snapshot', snapshot(1, false)), message('delta', unfit));
      server.script = (_, next) => stream(next, message('snapshot', snapshot(8, true)));
    };
    await sdk.connect().ready();
    await until(() => sdk.isOn);
    expect(server.streams.map(({ lastEventId }) => lastEventId)).toEqual(['', '']);
  });

  it('takes a snapshot of another epoch, though its revision is lower', async () => {
    server.script = (_, res) =>
      stream(res, message('snapshot', snapshot(9, false)), message('snapshot', snapshot(2, true, 'new')));
    await sdk.connect().ready();
    await until(() => sdk.isOn);
    server.script = (_, res) => stream(res);
    server.cut();
    await until(() => server.streams.length === 2);
    expect(server.streams[1]?.lastEventId).toBe('new.2');
  });

  it('counts a stream as broken when it falls silent', async () => {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, false)));
    await sdk.connect({ silenceTimeout: 1_000 }).ready();
    server.script = (_, res) => stream(res, message('snapshot', snapshot(2, true)));
    await until(() => sdk.isOn);
    expect(sdk.errors[0]).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('tells which flags changed, and survives listeners that throw', async () => {
    const changes: unknown[] = [];
    server.script = (_, res) =>
      stream(res, message('snapshot', snapshot(1, false)), message('delta', delta(1, true)));
    const watched = sdk.connect();
    watched.on('change', (change) => changes.push(change));
    watched.on('change', () => {
      throw new Error('mine');
    });
    watched.on('error', () => {
      throw new Error('mine too');
    });
    await until(() => sdk.isOn);
    expect(changes).toEqual([
      { epoch: 'e', revision: 1, flags: ['new-checkout'] },
      { epoch: 'e', revision: 2, flags: ['new-checkout'] },
    ]);
    expect(sdk.codes).toEqual(['LISTENER', 'LISTENER']);
  });
});
