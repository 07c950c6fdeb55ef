import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ClientError,
  type ClientOptions,
  type ClientStatus,
  createClient,
  type EvaluationContext,
  type TidegateClient,
} from '@tidegate/sdk';
import type { Flag, Snapshot, SnapshotDelta } from '@tidegate/sdk/engine';
import { flag } from './flag.js';
import { ScriptedServer } from './scripted-server.js';
import { until } from './until.js';

const checkout = (on: boolean): Flag => flag('new-checkout', { defaultVariant: on ? 'on' : 'off' });

function snapshot(revision: number, on: boolean, epoch = 'e'): Snapshot {
  return {
    environment: 'production',
    epoch,
    revision,
    flags: [checkout(on)],
    segments: [],
    routes: [],
    events: { failed: ['new-checkout'] },
  };
}

function delta(from: number, on: boolean, epoch = 'e'): SnapshotDelta {
  return {
    epoch,
    from,
    revision: from + 1,
    flags: [checkout(on)],
    segments: [],
    routes: [],
    deleted: [],
    events: { failed: ['new-checkout'] },
  };
}

const message = (event: string, data: { epoch: string; revision: number }): string =>
  `id: ${data.epoch}.${data.revision}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

function stream(res: ServerResponse, ...messages: string[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const text of ['retry: 10\n\n', ...messages]) res.write(text);
}

describe('the SDK, when the server misbehaves', () => {
  let server: ScriptedServer;
  let url: string;
  let client: TidegateClient | undefined;
  let errors: ClientError[];
  let statuses: ClientStatus[];

  function connect(options: Partial<ClientOptions> = {}): TidegateClient {
    const made = createClient({ url, key: 'tg_server_x', retryDelay: 10, flushInterval: 100, ...options });
    made.on('error', (error) => errors.push(error));
    made.on('status', (status) => statuses.push(status));
    client = made;
    return made;
  }
  const isOn = (): boolean => client?.boolean('new-checkout', {}, false) ?? false;

  beforeEach(async () => {
    server = new ScriptedServer();
    url = await server.listen();
    errors = [];
    statuses = [];
  });
  afterEach(async () => {
    await client?.close({ timeout: 200 });
    await server.close();
  });

  it('serves defaults until there is a snapshot, and says why', async () => {
    server.script = () => undefined;
    const waiting = connect();
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
    const refused = connect();
    await expect(refused.ready()).rejects.toMatchObject({ code });
    expect(refused.status).toBe('connecting');
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    await refused.ready();
    expect(isOn()).toBe(true);
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
    await connect().ready();
    expect(errors.map((error) => error.code)).toEqual([code]);
    expect(isOn()).toBe(true);
  });

  it('drops half a message, serves the last snapshot meanwhile, and goes on where it stood', async () => {
    const half = message('delta', delta(1, true)).slice(0, 60);
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, false)), half);
    await connect().ready();
    server.script = () => undefined;
    server.cut();
    await until(() => client?.status === 'stale');
    expect(client?.details('new-checkout', {}, true)).toMatchObject({ value: false, variant: 'off' });
    server.cut();
    server.script = (_, res) => stream(res, message('delta', delta(1, true)));
    await until(isOn);
    expect(server.requests.at(-1)?.lastEventId).toBe('e.1');
    expect(statuses).toEqual(['ready', 'stale', 'ready']);
  });

  it('is ready again when nothing was missed', async () => {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    await connect().ready();
    server.script = (_, res) => stream(res);
    server.cut();
    await until(() => statuses.length === 3);
    expect(statuses).toEqual(['ready', 'stale', 'ready']);
  });

  it.each([
    ['a gap', delta(7, true)],
    ['a delta of another epoch', delta(1, true, 'other')],
  ])('begins anew without an id after %s', async (_, unfit) => {
    server.script = (_, res) => {
      stream(res, message('snapshot', snapshot(1, false)), message('delta', unfit));
      server.script = (_, next) => stream(next, message('snapshot', snapshot(8, true)));
    };
    await connect().ready();
    await until(isOn);
    expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual(['', '']);
  });

  it('takes a snapshot of another epoch, though its revision is lower', async () => {
    server.script = (_, res) =>
      stream(res, message('snapshot', snapshot(9, false)), message('snapshot', snapshot(2, true, 'new')));
    await connect().ready();
    await until(isOn);
    server.script = (_, res) => stream(res);
    server.cut();
    await until(() => server.requests.length === 2);
    expect(server.requests[1]?.lastEventId).toBe('new.2');
  });

  it('counts a stream as broken when it falls silent', async () => {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, false)));
    await connect({ silenceTimeout: 1_000 }).ready();
    server.script = (_, res) => stream(res, message('snapshot', snapshot(2, true)));
    await until(isOn);
    expect(errors[0]).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('tells which flags changed, and survives listeners that throw', async () => {
    const changes: unknown[] = [];
    server.script = (_, res) =>
      stream(res, message('snapshot', snapshot(1, false)), message('delta', delta(1, true)));
    const watched = connect();
    watched.on('change', (change) => changes.push(change));
    watched.on('change', () => {
      throw new Error('mine');
    });
    watched.on('error', () => {
      throw new Error('mine too');
    });
    await until(isOn);
    expect(changes).toEqual([
      { epoch: 'e', revision: 1, flags: ['new-checkout'] },
      { epoch: 'e', revision: 2, flags: ['new-checkout'] },
    ]);
    expect(errors.map(({ code }) => code)).toEqual(['LISTENER', 'LISTENER']);
  });

  it('never throws from a getter, whatever the context', async () => {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    const nasty = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        getOwnPropertyDescriptor: () => {
          throw new Error('no');
        },
      },
    );
    const served = connect();
    await served.ready();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const contexts: unknown[] = [nasty, circular, null, undefined, 7, 'x', [], Object.create(null)];
    for (const context of contexts as EvaluationContext[]) {
      expect(served.boolean('new-checkout', context, false)).toBe(true);
      served.track('failed', context);
      expect(Object.keys(served.routeHeaders(context))).toEqual(['x-tg-b', 'x-tg-s']);
    }
    for (const key of ['', '__proto__', 'constructor', undefined, null, {}]) {
      expect(served.string(key as string, {}, 'mine')).toBe('mine');
      served.track(key as string, {});
    }
  });

  describe('counts', () => {
    type Body = { client: string; sequence: number; counts: { event: string; count: number; sum: number }[] };
    let bodies: Body[];
    let answer: (body: Body, res: ServerResponse) => void;

    beforeEach(() => {
      bodies = [];
      answer = (_, res) => res.writeHead(200).end('{"applied":true,"dropped":0}');
      server.script = (req, res) => {
        if (req.url !== '/api/v1/events') return stream(res, message('snapshot', snapshot(1, true)));
        let text = '';
        req.on('data', (chunk) => (text += String(chunk)));
        req.on('end', () => {
          const body = JSON.parse(text) as Body;
          bodies.push(body);
          answer(body, res);
        });
      };
    });

    it('sends a batch again under its number until it is answered, and nothing else before', async () => {
      let refusals = 2;
      answer = (_, res) => res.writeHead(refusals-- > 0 ? 503 : 200).end('{}');
      const counted = connect();
      await counted.ready();
      isOn();
      await until(() => bodies.length === 1);
      isOn();
      isOn();
      await until(() => bodies.length >= 4);
      expect(bodies.map(({ sequence }) => sequence)).toEqual([1, 1, 1, 2]);
      expect(bodies[1]).toEqual(bodies[0]);
      expect(bodies[3]?.counts).toMatchObject([{ event: 'exposures', count: 2, sum: 2 }]);
      expect(new Set(bodies.map((body) => body.client)).size).toBe(1);
    });

    it('gives up what the server refuses, says so, and goes on', async () => {
      answer = (body, res) => res.writeHead(body.sequence === 1 ? 400 : 200).end('{}');
      const counted = connect();
      await counted.ready();
      isOn();
      await until(() => errors.length === 1);
      expect(errors[0]).toMatchObject({ code: 'COUNTS_DROPPED' });
      counted.track('failed', {}, 2.5);
      await until(() => bodies.length === 2);
      expect(bodies[1]).toMatchObject({ sequence: 2, counts: [{ event: 'failed', count: 1, sum: 2.5 }] });
    });

    it('ignores events that no guard asks for, and values that are no number', async () => {
      const counted = connect();
      await counted.ready();
      counted.track('unknown', {});
      counted.track('failed', {}, NaN);
      counted.track('failed', {}, Infinity);
      counted.track('failed', {});
      await counted.flush();
      expect(bodies.flatMap(({ counts }) => counts)).toMatchObject([{ event: 'failed', count: 1, sum: 1 }]);
    });

    it('delivers the rest on close, and counts no more after it', async () => {
      const counted = connect({ flushInterval: 60_000 });
      await counted.ready();
      isOn();
      await counted.close();
      expect(bodies).toHaveLength(1);
      expect(isOn()).toBe(true);
      counted.track('failed', {});
      await counted.flush();
      await counted.close();
      expect(bodies).toHaveLength(1);
      expect(counted.status).toBe('closed');
      await expect(counted.ready()).rejects.toMatchObject({ code: 'CLOSED' });
    });

    it('closes in time though the server never answers, and says what is lost', async () => {
      answer = () => undefined;
      const counted = connect({ flushInterval: 60_000 });
      await counted.ready();
      isOn();
      await counted.close({ timeout: 100 });
      expect(errors.map(({ code }) => code)).toContain('COUNTS_DROPPED');
    });
  });
});
