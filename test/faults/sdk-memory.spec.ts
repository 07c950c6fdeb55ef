import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { delta, message, snapshot, stream } from '../e2e/scripted-client.js';
import { ScriptedServer } from '../e2e/scripted-server.js';
import { InstalledSdk } from '../support/installed-sdk.js';

const MIB = 1_048_576;
const EVALUATIONS = 1_000_000;
const RECONNECTIONS = 1_000;

type Fault = (res: ServerResponse, revision: number) => unknown;

/** Sends a snapshot and a delta, then `more`, then ends as told. */
const after =
  (more: string, end: (res: ServerResponse) => unknown): Fault =>
  (res, revision) => {
    const sound = [message('snapshot', snapshot(revision, true)), message('delta', delta(revision, false))];
    stream(res, ...sound, more);
    setImmediate(() => end(res));
  };

/** All the ways in which a stream comes to nothing, or to an end. */
const FAULTS: readonly Fault[] = [
  (res) => res.writeHead(503).end('{}'),
  (res) => res.socket?.resetAndDestroy(),
  (res) => res.writeHead(302, { location: '/' }).end(),
  (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>'),
  after('id: e.1\nevent: delta\ndata: {"epoch"', (res) => res.socket?.destroy()),
  after(message('delta', delta(0, true)), () => undefined),
  after('', (res) => res.end()),
];

interface Growth {
  /** Bytes of heap, all garbage gone. */
  readonly heap: number;
  /** Bytes beside the heap. */
  readonly external: number;
  /** Sockets, timers and the like. */
  readonly resources: number;
}

/** Lets a program take a measure, and print how much it has grown since. */
const MEASURE = `
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  async function measure() {
    for (let i = 0; i < 3; i += 1) { await sleep(100); gc(); }
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { heap: heapUsed, external: external + arrayBuffers, resources: process.getActiveResourcesInfo().length };
  }
  async function tellGrowth(before) {
    const after = await measure();
    console.log(JSON.stringify({
      heap: after.heap - before.heap,
      external: after.external - before.external,
      resources: after.resources - before.resources,
    }));
  }`;

describe('the memory of a process that uses the SDK', () => {
  let sdk: InstalledSdk;
  let server: ScriptedServer;
  let url: string;
  let takesCounts: boolean;
  let streams = 0;

  beforeAll(async () => {
    sdk = await InstalledSdk.install();
    server = new ScriptedServer();
    url = await server.listen();
    server.script = (req, res) => {
      if (req.url?.endsWith('/api/v1/events') === true) {
        if (takesCounts) return void res.writeHead(200).end('{"applied":true,"dropped":0}');
        return void res.writeHead(503).end();
      }
      if (req.url?.startsWith('/steady/') === true)
        return stream(res, message('snapshot', snapshot(1, true)));
      streams += 1;
      (FAULTS[streams % FAULTS.length] as Fault)(res, streams);
    };
  });
  beforeEach(() => {
    takesCounts = true;
  });
  afterAll(async () => {
    await server.close();
    await sdk.remove();
  });

  async function growth(body: string): Promise<Growth> {
    const { lines, complaints, code } = await sdk.run(`${MEASURE} ${body}`, {
      deadline: 280_000,
      flags: ['--expose-gc', '--trace-warnings'],
    });
    expect({ complaints, code }).toEqual({ complaints: '', code: 0 });
    return JSON.parse(lines.at(-1) ?? '') as Growth;
  }

  it.each([true, false])('is flat over 1,000,000 evaluations; the server takes counts: %s', async (taken) => {
    takesCounts = taken;
    const grown = await growth(`
      const client = createClient({ url: '${url}/steady', key: 'k', flushInterval: 100 });
      await client.ready();
      const evaluate = (i) => {
        const context = { targetingKey: 'user-' + i, ['attribute-' + i]: i };
        client.boolean('new-checkout', context, false);
        client.details('new-checkout', context, false);
        client.string('new-checkout', context, 'mine');
        client.boolean('flag-' + i, context, false);
        client.track('failed', context, i);
        client.track('event-' + i, context);
        client.routeHeaders(context);
      };
      const many = async (from, to) => {
        for (let i = from; i < to; i += 1) {
          evaluate(i);
          if (i % 10_000 === 0) await sleep(1);
        }
      };
      await many(0, 50_000);
      const before = await measure();
      await many(50_000, 50_000 + ${EVALUATIONS / 4});
      await tellGrowth(before);
      await client.close({ timeout: 100 });`);
    expect(grown.heap).toBeLessThan(2 * MIB);
    expect(grown.external).toBeLessThan(4 * MIB);
  });

  it('is flat over 1,000 reconnections of every kind, and so are sockets, timers and listeners', async () => {
    const grown = await growth(`
      // ten thousand times faster, so that each stream counts as having lived long and is opened again at once
      const real = performance.now.bind(performance);
      performance.now = () => real() * 10_000;
      const client = createClient({ url: '${url}', key: 'k', retryDelay: 10, flushInterval: 100 });
      let broken = 0;
      client.on('error', () => (broken += 1));
      await client.ready();
      const reconnections = async (times) => {
        for (const end = broken + times; broken < end; ) {
          client.boolean('new-checkout', {}, false);
          await sleep(5);
        }
      };
      await reconnections(100);
      const before = await measure();
      await reconnections(${RECONNECTIONS});
      await tellGrowth(before);
      await client.close({ timeout: 100 });`);
    expect(grown.heap).toBeLessThan(2 * MIB);
    expect(grown.external).toBeLessThan(4 * MIB);
    // a stream, a delivery and their timers may be there at one moment and not at the other
    expect(grown.resources).toBeLessThanOrEqual(6);
    expect(server.connections).toBeLessThanOrEqual(4);
  });

  it('is flat over 300 clients made and closed', async () => {
    const grown = await growth(`
      const clients = async (times) => {
        for (let i = 0; i < times; i += 1) {
          const client = createClient({ url: '${url}/steady', key: 'k' });
          await client.ready();
          client.boolean('new-checkout', {}, false);
          await client.close();
        }
      };
      await clients(30);
      const before = await measure();
      await clients(300);
      await tellGrowth(before);`);
    expect(grown.heap).toBeLessThan(2 * MIB);
    expect(grown.external).toBeLessThan(4 * MIB);
    expect(grown.resources).toBeLessThanOrEqual(0);
  });
});
