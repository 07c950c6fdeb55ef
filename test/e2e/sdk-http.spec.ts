import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TidegateClient } from '@tidegate/sdk';
import { delta, message, ScriptedClient, snapshot, stream } from './scripted-client.js';
import { ScriptedServer } from './scripted-server.js';
import { until } from './until.js';

const HEAD = { 'content-type': 'text/event-stream' };

describe("the SDK, and what HTTP adds to a server's answer", () => {
  let sdk: ScriptedClient;
  let server: ScriptedServer;
  const others: ScriptedServer[] = [];

  beforeEach(async () => {
    sdk = new ScriptedClient();
    server = sdk.server;
    await sdk.start();
  });
  afterEach(async () => {
    await sdk.stop();
    for (const other of others.splice(0)) await other.close();
  });

  /** A client that holds a snapshot in which the flag is on. */
  async function readyClient(): Promise<TidegateClient> {
    server.script = (_, res) => stream(res, message('snapshot', snapshot(1, true)));
    const client = sdk.connect();
    await client.ready();
    return client;
  }

  it.each([301, 302, 303, 307, 308])('never shows the key to where a %i leads', async (status) => {
    const elsewhere = new ScriptedServer();
    others.push(elsewhere);
    const location = await elsewhere.listen();
    const client = await readyClient();
    server.script = (_, res) => res.writeHead(status, { location: `${location}/api/v1/stream` }).end();
    server.cut();
    void sdk.isOn;
    await until(() => sdk.codes.includes('PROTOCOL'));
    await until(() => client.stats().failures > 0);
    expect(elsewhere.connections + elsewhere.requests.length).toBe(0);
  });

  it.each<[string, () => Record<string, string>]>([
    ['seconds', () => ({ 'retry-after': '1' })],
    [
      'a date',
      () => ({ date: 'Thu, 26 Nov 2026 12:00:00 GMT', 'retry-after': 'Thu, 26 Nov 2026 12:00:01 GMT' }),
    ],
  ])('leaves the server alone as long as Retry-After says: %s', async (_, headers) => {
    await readyClient();
    let refused = 0;
    server.script = (_, res) => {
      refused = performance.now();
      server.script = (_, next) => stream(next);
      res.writeHead(429, headers()).end();
    };
    server.cut();
    await until(() => sdk.statuses.length === 3);
    expect((server.streams.at(-1)?.at ?? 0) - refused).toBeGreaterThanOrEqual(990);
  });

  it.each(['-1', '1.5', 'never', 'Thu, 26 Nov 1996 12:00:00 GMT', '0'])(
    'comes back as usual after a Retry-After that makes no sense: %s',
    async (header) => {
      await readyClient();
      server.script = (_, res) => {
        server.script = (_, next) => stream(next);
        res.writeHead(503, { 'retry-after': header }).end();
      };
      server.cut();
      await until(() => sdk.statuses.length === 3);
    },
  );

  it('serves what it knows while the server asks for ten years, and closes at once', async () => {
    const client = await readyClient();
    server.script = (_, res) => res.writeHead(429, { 'retry-after': '315360000' }).end();
    server.cut();
    await until(() => sdk.errors.length === 2);
    await new Promise((done) => setTimeout(done, 300));
    expect(server.streams).toHaveLength(2);
    expect(sdk.isOn).toBe(true);
    await client.close({ timeout: 100 });
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (text: string) => Buffer.from(text)],
  ])('is read though a proxy has packed it: %s', async (encoding, pack) => {
    const text = message('snapshot', snapshot(1, true));
    server.script = (_, res) => res.writeHead(200, { ...HEAD, 'content-encoding': encoding }).end(pack(text));
    await sdk.connect().ready();
    expect(sdk.isOn).toBe(true);
  });

  it('is read message by message though it is packed', async () => {
    const gzip = createGzip();
    server.script = (_, res) => {
      res.writeHead(200, { ...HEAD, 'content-encoding': 'gzip' });
      gzip.pipe(res);
      gzip.write(message('snapshot', snapshot(1, true)));
      gzip.flush();
    };
    await sdk.connect().ready();
    expect(sdk.isOn).toBe(true);
    gzip.write(message('delta', delta(1, false)));
    gzip.flush();
    await until(() => !sdk.isOn);
    gzip.destroy();
  });
});
