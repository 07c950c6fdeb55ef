import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InstalledSdk } from '../support/installed-sdk.js';
import { message, snapshot, stream } from './scripted-client.js';
import { ScriptedServer } from './scripted-server.js';

const TAKEN = '{"applied":true,"dropped":0}';

/** What a server does to whoever asks for a stream. */
const SERVERS: Record<string, (res: ServerResponse) => unknown> = {
  healthy: (res) => stream(res, message('snapshot', snapshot(1, true))),
  silent: () => undefined,
  'silent after its head': (res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.flushHeaders();
  },
  slow: (res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const text = message('snapshot', snapshot(1, true));
    let at = 0;
    const timer = setInterval(() => res.write(text[at++] ?? ' '), 20);
    res.on('close', () => clearInterval(timer));
  },
  ending: (res) => {
    stream(res, message('snapshot', snapshot(1, true)));
    res.end();
  },
  failing: (res) => res.writeHead(500).end(),
  refusing: (res) => res.writeHead(401).end(),
  cutting: (res) => res.destroy(),
};

describe('a process that uses the SDK', () => {
  let sdk: InstalledSdk;
  let server: ScriptedServer;
  let url: string;

  beforeAll(async () => {
    sdk = await InstalledSdk.install();
    server = new ScriptedServer();
    url = await server.listen();
    server.script = (req, res) => {
      const [, name = '', rest] = /^\/([^/]+)(\/.*)$/.exec(decodeURIComponent(req.url ?? '')) ?? [];
      if (rest === '/api/v1/events' && name === 'healthy') res.writeHead(200).end(TAKEN);
      else SERVERS[name]?.(res);
    };
  });
  afterAll(async () => {
    await server.close();
    await sdk.remove();
  });

  const client = (address: string): string =>
    `const client = createClient({ url: '${address}', key: 'k', retryDelay: 10 });`;
  const addressOf = (name: string): string =>
    name === 'dead' ? 'http://127.0.0.1:1' : `${url}/${encodeURIComponent(name)}`;

  describe.each(['dead', ...Object.keys(SERVERS)])('ends by itself: the server is %s', (name) => {
    it.each([
      ['though the client is never closed', ''],
      [
        'though it is in the midst of working',
        `await new Promise((done) => setTimeout(done, 300)); client.boolean('new-checkout', {}, true);
         client.track('failed', {});`,
      ],
      ['after close', 'await client.close();'],
      ['after flush', `client.boolean('new-checkout', {}, true); await client.flush({ timeout: 500 });`],
      ['after waiting in vain', 'await client.ready({ timeout: 300 }).catch(() => undefined);'],
    ])('%s', async (_, body) => {
      const { code, lines, complaints } = await sdk.run(
        `${client(addressOf(name))} ${body} console.log('done');`,
      );
      expect({ code, lines, complaints }).toEqual({ code: 0, lines: ['done'], complaints: '' });
    });
  });

  it('does not end while it waits for the first snapshot', async () => {
    const body = `${client(addressOf('healthy'))} await client.ready(); console.log(client.status);`;
    expect(await sdk.run(body)).toMatchObject({ code: 0, lines: ['ready'] });
  });

  it('does not end while flush delivers', async () => {
    const { lines } = await sdk.run(
      `${client(addressOf('healthy'))}
       await client.ready();
       client.boolean('new-checkout', {}, false);
       await client.flush();
       console.log(client.stats().delivered);`,
    );
    expect(lines).toEqual(['1']);
  });

  it('hears of a close before the first snapshot', async () => {
    const body = `client.ready().catch((error) => console.log(error.code)); await client.close();`;
    expect(await sdk.run(`${client(addressOf('dead'))} ${body}`)).toMatchObject({ lines: ['CLOSED'] });
  });

  it('is not thrown at when it closes the very moment a stream ends', async () => {
    const { lines, complaints } = await sdk.run(
      `for (let i = 0; i < 50; i += 1) {
         ${client(addressOf('ending'))}
         await client.ready();
         await client.close();
       }
       console.log('done');`,
    );
    expect({ lines, complaints }).toEqual({ lines: ['done'], complaints: '' });
  });

  it('leaves nothing open behind after close', async () => {
    const { lines } = await sdk.run(
      `const before = process.getActiveResourcesInfo().length;
       ${client(addressOf('healthy'))}
       await client.ready();
       client.boolean('new-checkout', {}, false);
       await client.close();
       await new Promise((done) => setTimeout(done, 50));
       console.log(process.getActiveResourcesInfo().length - before);`,
    );
    expect(lines).toEqual(['0']);
  });

  it('needs nothing but Node', async () => {
    const imports = await Promise.all(
      (await sdk.files()).map(async (name) => {
        const text = await readFile(path.join(sdk.folder, name), 'utf8');
        return [...text.matchAll(/from ['"]([^'"]+)['"]/g)].map(([, from]) => from ?? '');
      }),
    );
    expect(imports.flat().length).toBeGreaterThan(20);
    for (const from of imports.flat()) expect(from).toMatch(/^(\.{1,2}\/|node:)/);
  });
});
