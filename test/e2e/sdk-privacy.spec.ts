import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect as connectTo, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClientOptions, createClient, type Hook, type TidegateClient } from '@tidegate/sdk';
import type { Condition, Route, Segment } from '@tidegate/sdk/engine';
import { guardSchema } from '../../src/domain/guard.js';
import { EvaluationApp } from './evaluation-app.js';
import { flag } from './flag.js';
import { openStore, type OpenStore } from './open-store.js';
import { until } from './until.js';

const SECRET = 'ann-4711-secret';
const KNOWN = 'known-plan';
const isAnn: Condition = { attribute: ['verified', 'email'], operator: 'startsWith', value: 'ann-' };

const segment = (key: string, rule: Condition): Segment => ({
  key,
  description: '',
  rules: [rule],
  included: [],
  excluded: [],
});
const route = (key: string, bucketBy: string[], named: string): Route => ({
  key,
  description: '',
  service: `${key}.shop.svc.cluster.local`,
  port: 80,
  gateways: [],
  mesh: true,
  versions: { v1: {}, v2: {} },
  salt: key,
  bucketBy,
  rules: [{ id: 'r', condition: { operator: 'inSegment', value: named }, serve: { version: 'v2' } }],
  default: 'v1',
  closed: null,
});
const paid = guardSchema.parse({
  key: 'paid',
  source: 'events',
  events: { flag: 'beta', bad: 'failed' },
  margin: 2,
  target: { flag: 'beta', new: 'on', control: 'off' },
});

/** Every byte that reaches it, passed on to `port`; to nobody where there is none. */
class Wire {
  readonly bytes: Buffer[] = [];
  readonly #server: Server;

  constructor(port: () => number | null) {
    this.#server = createServer((socket) => {
      const to = port();
      socket.on('data', (chunk) => this.bytes.push(chunk));
      socket.on('error', () => undefined);
      if (to === null) return void socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
      const onward = connectTo(to, '127.0.0.1');
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      socket.pipe(onward).pipe(socket);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<unknown> {
    return new Promise((done) => this.#server.close(done));
  }

  get text(): string {
    return Buffer.concat(this.bytes).toString('latin1');
  }
}

describe('what leaves the process', () => {
  let opened: OpenStore;
  let app: EvaluationApp;
  let toTidegate: Wire;
  let toOthers: Wire;
  let folder: string;
  let file: string;
  let others: string;
  let client: TidegateClient;
  let logged: string;
  let sent: Promise<unknown>[];

  /** As exporters of traces do: sends all that it is shown. */
  const exporter: Hook = {
    name: 'exporter',
    before: (call) => post(call),
    after: (call, details) => post([call, details]),
    finally: (call, details) => post([call, details]),
    tracked: (call) => post(call),
  };
  const post = (shown: unknown): void => {
    const text = JSON.stringify(shown);
    sent.push(fetch(`${others}/traces`, { method: 'POST', body: text, headers: { connection: 'close' } }));
  };

  beforeEach(async () => {
    opened = await openStore();
    app = new EvaluationApp(opened.store);
    await app.begin();
    await app.load({
      flags: [
        flag('beta', {
          rules: [{ id: 'ann', condition: isAnn, serve: { variant: 'on' } }],
          defaultVariant: 'off',
        }),
      ],
      segments: [
        segment('anns', isAnn),
        segment('pros', { attribute: ['plan'], operator: 'equals', value: KNOWN }),
      ],
      routes: [route('by-user', ['targetingKey'], 'pros'), route('by-email', ['verified', 'email'], 'anns')],
    });
    await app.write({ kind: 'guard', key: paid.key, value: paid });
    toTidegate = new Wire(() => app.port);
    toOthers = new Wire(() => null);
    others = await toOthers.listen();
    folder = await mkdtemp(path.join(tmpdir(), 'tidegate-privacy-'));
    file = path.join(folder, 'flags');
    logged = '';
    sent = [];
  });
  afterEach(async () => {
    await client.close();
    await toTidegate.close();
    await toOthers.close();
    await app.stop();
    await opened.close();
    await rm(folder, { recursive: true });
  });

  /** Lets an application do all that it can with a context that holds a secret. */
  async function use(options: Partial<ClientOptions>): Promise<boolean> {
    const url = await toTidegate.listen();
    client = createClient({
      url,
      key: app.tokens.server,
      hooks: [exporter],
      cacheFile: file,
      flushInterval: 100,
      ...options,
    });
    client.on('error', (error) => (logged += `${error.code} ${error.message} ${String(error.cause)}\n`));
    await client.ready();
    const user = { targetingKey: 'u1', plan: KNOWN, verified: { email: SECRET, group: 'staff' } };
    const bound = client.forContext(user);
    const on = client.boolean('beta', user, false) && bound.boolean('beta', false);
    client.details('beta', user, 'of another type');
    client.details('missing', user, null);
    bound.onFlagChange('beta', () => {
      throw new Error('a listener threw');
    });
    client.track('failed', user, 7.25);
    bound.track('unheard-of');
    await fetch(others, { headers: { ...client.routeHeaders(user), connection: 'close' } });
    await app.write({ kind: 'flag', key: 'beta', value: flag('beta', { enabled: false }) });
    await until(() => client.details('beta', {}, false).reason === 'DISABLED');
    await client.flush();
    await until(() => client.stats().delivered > 0 && toTidegate.text.includes('7.25'));
    await client.close();
    await Promise.all(sent);
    return on;
  }

  it('is no private attribute: not to Tidegate, not by headers, hooks, log or file; rules go by it all the same', async () => {
    expect(await use({ privateAttributes: [['verified', 'email']] })).toBe(true);
    const all = toTidegate.text + toOthers.text + logged + (await readFile(file, 'latin1'));
    expect(all).not.toContain(SECRET);
    expect(toOthers.text).toContain(KNOWN);
    expect(toOthers.text).toMatch(/x-tg-b: by-user=\d{4}\r\n/);
    expect(toOthers.text).toContain('x-tg-s: pros\r\n');
    expect(logged).toContain('PRIVATE_ATTRIBUTE');
    expect(logged).toContain('route/by-email, segment/anns');
    expect(client.stats().withheld).toEqual(['route/by-email', 'segment/anns']);
  });

  it('is what hooks and headers tell where nothing is private, and never a context to Tidegate', async () => {
    await use({});
    expect(toOthers.text).toContain(SECRET);
    expect(toOthers.text).toMatch(/x-tg-b: by-\w+=\d{4},by-\w+=\d{4}\r\n/);
    expect(toOthers.text).toContain('x-tg-s: anns,pros\r\n');
    for (const text of [toTidegate.text, logged, await readFile(file, 'latin1')]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('"staff"');
    }
  });
});
