import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TidegateClient } from '@tidegate/sdk';
import { freePort } from '../support/free-port.js';
import { delta, message, ScriptedClient, snapshot, stream } from './scripted-client.js';
import { ScriptedServer } from './scripted-server.js';
import { until } from './until.js';

const CHUNKED = 'transfer-encoding: chunked\r\n\r\n';
const HEAD = { 'content-type': 'text/event-stream' };

/** Answers with bytes that no HTTP server would send. */
function raw(res: ServerResponse, bytes: string): Socket {
  const { socket } = res;
  if (socket === null) throw new Error('the connection is gone');
  socket.write(bytes);
  return socket;
}

describe('the stream of the SDK', () => {
  let sdk: ScriptedClient;
  let server: ScriptedServer;
  const others: ScriptedServer[] = [];
  const unhandled: unknown[] = [];
  const note = (error: unknown): unknown => unhandled.push(error);

  beforeEach(async () => {
    sdk = new ScriptedClient();
    server = sdk.server;
    await sdk.start();
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    await sdk.stop();
    for (const other of others.splice(0)) await other.close();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  /** A client that holds a snapshot in which the flag is on. */
  async function readyClient(options = {}): Promise<TidegateClient> {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    const client = sdk.connect(options);
    await client.ready();
    return client;
  }

  /** The server is itself again, at another revision, at which the flag is off. */
  function recover(): void {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(5, false)));
  }

  /** Breaks the connection, and sees that what was known goes on being served until the server is itself again. */
  async function outlives(
    client: TidegateClient,
    misbehave: (res: ServerResponse) => unknown,
  ): Promise<void> {
    let met = 0;
    server.script = (req, res) => {
      if (req.url !== '/api/v1/stream') return void res.writeHead(503).end();
      met += 1;
      misbehave(res);
    };
    server.cut();
    await until(() => met >= 2);
    expect(client.status).toBe('stale');
    expect(client.details('new-checkout', {}, false)).toMatchObject({ value: true, variant: 'on' });
    recover();
    server.cut();
    await until(() => !sdk.isOn);
    expect(client.status).toBe('ready');
  }

  it('is found by a client that was there before the server', async () => {
    const port = await freePort();
    const client = sdk.connect({ url: `http://127.0.0.1:${port}` });
    await until(() => sdk.errors.length >= 2);
    expect(sdk.codes).toContain('UNAVAILABLE');
    expect(sdk.errors[0]?.message).toContain('ECONNREFUSED');
    expect(client.details('new-checkout', {}, true)).toMatchObject({
      value: true,
      errorCode: 'PROVIDER_NOT_READY',
    });
    const late = new ScriptedServer();
    others.push(late);
    late.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    await late.listen(port);
    await client.ready();
    expect(sdk.isOn).toBe(true);
  });

  it('may be away, while all that was known is answered, and is found again at another epoch', async () => {
    const client = await readyClient();
    const { port } = server;
    await server.close();
    await until(() => sdk.errors.length >= 3);
    expect(client.status).toBe('stale');
    expect(sdk.isOn).toBe(true);
    const next = new ScriptedServer();
    others.push(next);
    next.script = (_, res) => stream(res, message('snapshot', snapshot(1, false, 'next')));
    await next.listen(port);
    await until(() => !sdk.isOn);
    expect(next.streams[0]?.lastEventId).toBe('e.1');
    expect(sdk.statuses).toEqual(['ready', 'stale', 'ready']);
  });

  it('is believed when it sends a snapshot of a lower revision: the store has lost what was above', async () => {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(9, true)));
    const client = sdk.connect();
    await client.ready();
    server.script = (_, res) =>
      stream(res, message('snapshot', snapshot(4, false)), message('delta', delta(4, true)));
    const revisions: number[] = [];
    client.on('change', ({ revision }) => revisions.push(revision));
    server.cut();
    await until(() => revisions.length === 2);
    expect(revisions).toEqual([4, 5]);
    expect(server.streams[1]?.lastEventId).toBe('e.9');
    expect(sdk.errors.every(({ code }) => code === 'UNAVAILABLE')).toBe(true);
  });

  it.each<[string, (res: ServerResponse) => unknown]>([
    ['the page of a proxy', (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in')],
    [
      'JSON instead of a stream',
      (res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    ],
    ['no content type at all', (res) => res.writeHead(200).end('data: x\n\n')],
    ['401', (res) => res.writeHead(401).end()],
    ['403', (res) => res.writeHead(403).end()],
    ['404', (res) => res.writeHead(404).end()],
    ['429', (res) => res.writeHead(429).end()],
    ['500', (res) => res.writeHead(500).end('{')],
    ['502', (res) => res.writeHead(502).end('<h1>Bad Gateway')],
    ['503', (res) => res.writeHead(503).end()],
    ['504', (res) => res.writeHead(504).end()],
    ['204', (res) => res.writeHead(204).end()],
    ['resets', (res) => res.socket?.resetAndDestroy()],
    [
      'resets after the head',
      (res) => {
        res.writeHead(200, HEAD).write('retry: 10\n', () => res.socket?.resetAndDestroy());
      },
    ],
    ['a head that is no HTTP', (res) => res.socket?.end('SSH-2.0-OpenSSH_9.2\r\n\r\n')],
    [
      'a change of protocol that nobody asked for',
      (res) => raw(res, 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
    ['a head that is too long', (res) => raw(res, `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`)],
    [
      'chunks that are none',
      (res) => raw(res, `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${CHUNKED}zz\r\n`),
    ],
    [
      'an early hint and then nothing',
      (res) => raw(res, 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n').end(),
    ],
    [
      'half a snapshot',
      (res) => res.writeHead(200, HEAD).end(message('snapshot', snapshot(7, false)).slice(0, 90)),
    ],
    [
      'a snapshot without its flags',
      (res) => stream(res, message('snapshot', { ...snapshot(7, false), flags: null } as never)),
    ],
    [
      'a snapshot of flags without keys',
      (res) => stream(res, message('snapshot', { ...snapshot(7, false), flags: [{}] } as never)),
    ],
    [
      'a snapshot of events that are no lists',
      (res) => stream(res, message('snapshot', { ...snapshot(7, false), events: { failed: 7 } } as never)),
    ],
    ['a delta of what is known already', (res) => stream(res, message('delta', delta(0, false)))],
    ['a delta that leaves a gap', (res) => stream(res, message('delta', delta(2, false)))],
    [
      'a delta that leads nowhere',
      (res) => stream(res, message('delta', { ...delta(1, false), revision: 1 })),
    ],
    ['a delta that leads back', (res) => stream(res, message('delta', { ...delta(1, false), revision: 0 }))],
    ['a delta of another epoch', (res) => stream(res, message('delta', delta(1, false, 'other')))],
    ['a delta that is none', (res) => stream(res, 'event: delta\ndata: 7\n\n')],
    [
      'a packing that nobody knows',
      (res) => res.writeHead(200, { ...HEAD, 'content-encoding': 'snappy' }).end('x'),
    ],
    [
      'gzip that is none',
      (res) => res.writeHead(200, { ...HEAD, 'content-encoding': 'gzip' }).end('no gzip'),
    ],
  ])(
    'takes no good answer away by %s',
    async (_, misbehave) => {
      await outlives(await readyClient(), misbehave);
    },
    60_000,
  );

  it.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [429, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [500, 'PROTOCOL'],
    [302, 'PROTOCOL'],
  ])('tells a %i as %s', async (status, code) => {
    await readyClient();
    server.script = (_, res) => {
      server.script = (_, next) => stream(next);
      res.writeHead(status).end();
    };
    server.cut();
    await until(() => sdk.statuses.length === 3);
    expect(sdk.codes).toEqual(['UNAVAILABLE', code]);
  });

  it('continues wherever a message was cut, in the midst of a character too', async () => {
    const named = { ...delta(1, false), events: { failed: ['new-checkout', 'größe-€-😀'] } };
    const bytes = Buffer.from(message('delta', named));
    const euro = bytes.indexOf('€');
    await readyClient();
    const ends = [3, bytes.indexOf('data:') + 3, euro, euro + 1, euro + 2, bytes.length - 1];
    server.script = (_, res) => {
      const end = ends.shift();
      res.writeHead(200, HEAD).write('retry: 10\n\n');
      res.write(bytes.subarray(0, end), () => res.socket?.destroy());
    };
    server.cut();
    await until(() => ends.length === 0);
    expect(sdk.isOn).toBe(true);
    server.script = (_, res) => {
      res.writeHead(200, HEAD);
      const pieces = [...bytes].map((byte) => Buffer.of(byte));
      const next = (): void => {
        const piece = pieces.shift();
        if (piece !== undefined) res.write(piece, () => setImmediate(next));
      };
      next();
    };
    await until(() => !sdk.isOn);
    expect(new Set(server.streams.slice(1).map(({ lastEventId }) => lastEventId))).toEqual(new Set(['e.1']));
    expect(sdk.codes).not.toContain('PROTOCOL');
  });

  it('counts as broken when it only trickles, and is opened again', async () => {
    await readyClient({ silenceTimeout: 1_000 });
    const bytes = Buffer.from(message('delta', delta(1, false)));
    server.script = (_, res) => {
      recover();
      res.writeHead(200, HEAD);
      let at = 0;
      const timer = setInterval(() => res.write(bytes.subarray(at, (at += 1))), 100);
      res.on('close', () => clearInterval(timer));
    };
    server.cut();
    await until(() => !sdk.isOn);
    expect(sdk.errors.map((error) => error.message)).toContain('The server does not answer.');
  });

  it('lives on keep-alives, and on a large message that takes long', async () => {
    await readyClient({ silenceTimeout: 1_000 });
    const large = {
      ...delta(1, false),
      flags: [{ ...delta(1, false).flags[0], description: 'x'.repeat(24_000) }],
    };
    const text = message('delta', large);
    server.script = (_, res) => {
      stream(res);
      let at = -8;
      const timer = setInterval(() => {
        if (at < 0) res.write(': keep-alive\n\n');
        else res.write(text.slice(at * 1_500, (at + 1) * 1_500));
        at += 1;
      }, 250);
      res.on('close', () => clearInterval(timer));
    };
    server.cut();
    await until(() => !sdk.isOn);
    expect(server.streams).toHaveLength(2);
  });

  it('is not current before it has said all that was missed', async () => {
    const client = await readyClient();
    const text = message('delta', delta(1, false));
    let finish = (): void => undefined;
    server.script = (_, res) => {
      res.writeHead(200, HEAD).write(text.slice(0, 60));
      finish = () => res.write(text.slice(60));
    };
    server.cut();
    await until(() => server.streams.length === 2);
    await new Promise((done) => setTimeout(done, 100));
    expect(client.status).toBe('stale');
    finish();
    await until(() => client.status === 'ready');
    expect(sdk.isOn).toBe(false);
  });

  it('comes through a storm of resets, ever more slowly, and holds no more than one connection a purpose', async () => {
    const client = await readyClient();
    let storms = 0;
    let most = 0;
    server.script = (req, res) => {
      if (req.url !== '/api/v1/stream') return void res.writeHead(404).end();
      storms += 1;
      most = Math.max(most, server.connections);
      const text = message('delta', delta(1, false));
      if (storms % 3 === 0) res.socket?.resetAndDestroy();
      else {
        res
          .writeHead(200, HEAD)
          .write(text.slice(0, storms % text.length), () => res.socket?.resetAndDestroy());
      }
    };
    server.cut();
    await until(() => storms >= 8);
    expect(client.status).toBe('stale');
    expect(sdk.isOn).toBe(true);
    // counts and polls have a connection each of their own
    expect(most).toBeLessThanOrEqual(3);
    const times = server.streams.map(({ at }) => at).slice(1);
    expect((times[7] ?? 0) - (times[6] ?? 0)).toBeGreaterThan((times[1] ?? 0) - (times[0] ?? 0));
    recover();
    await until(() => !sdk.isOn);
  });

  it('is not there where the name is unknown, which is told', async () => {
    const client = sdk.connect({ url: 'http://tidegate.invalid' });
    await until(() => sdk.errors.length > 0);
    expect(sdk.errors[0]).toMatchObject({ code: 'UNAVAILABLE' });
    expect(sdk.errors[0]?.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect(client.status).toBe('connecting');
  });
});
