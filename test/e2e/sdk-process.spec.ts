import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import { ScriptedServer } from './scripted-server.js';

const SOURCE = path.resolve('client-sdk/src');
const SNAPSHOT = {
  environment: 'production',
  epoch: 'e',
  revision: 1,
  flags: [],
  segments: [],
  routes: [],
  events: {},
};

/** Compiles the SDK as it would be installed: plain modules in a folder. */
async function install(target: string): Promise<void> {
  await writeFile(path.join(target, 'package.json'), '{"type":"module"}');
  for (const name of await readdir(SOURCE, { recursive: true })) {
    if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
    const { code } = await transform(await readFile(path.join(SOURCE, name), 'utf8'), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const out = path.join(target, name.replace(/\.ts$/, '.js'));
    await mkdir(path.dirname(out), { recursive: true });
    await writeFile(out, code);
  }
}

describe('a process that uses the SDK', () => {
  let folder: string;
  let server: ScriptedServer;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tidegate-sdk-'));
    await install(folder);
    server = new ScriptedServer();
    url = await server.listen();
    server.script = (req, res) => {
      if (req.url === '/api/v1/events') return res.writeHead(200).end('{}');
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      return res.write(`id: e.1\nevent: snapshot\ndata: ${JSON.stringify(SNAPSHOT)}\n\n`);
    };
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  async function run(body: string, address = url): Promise<string> {
    const script = path.join(folder, `run-${Math.random().toString(36).slice(2)}.mjs`);
    await writeFile(
      script,
      `import { createClient } from './client/index.js';
       process.on('unhandledRejection', () => console.log('UNHANDLED'));
       const client = createClient({ url: '${address}', key: 'k', retryDelay: 10 });
       ${body}`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    return stdout.trim();
  }

  it('ends by itself after close', async () => {
    expect(await run(`await client.ready(); await client.close(); console.log('done');`)).toBe('done');
  });

  it('ends by itself after close though the first snapshot never came', async () => {
    const body = `client.ready().catch((error) => console.log(error.code)); await client.close();`;
    expect(await run(body, 'http://127.0.0.1:1')).toBe('CLOSED');
  });

  it('ends by itself while the server is away, without an unhandled rejection', async () => {
    expect(await run(`console.log(client.boolean('f', {}, true));`, 'http://127.0.0.1:1')).toBe('true');
  });

  it('needs nothing but Node', async () => {
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js'));
    const imports = await Promise.all(
      files.map(async (name) => {
        const text = await readFile(path.join(folder, name), 'utf8');
        return [...text.matchAll(/from ['"]([^'"]+)['"]/g)].map(([, from]) => from ?? '');
      }),
    );
    expect(imports.flat().length).toBeGreaterThan(20);
    for (const from of imports.flat()) expect(from).toMatch(/^(\.{1,2}\/|node:)/);
  });
});
