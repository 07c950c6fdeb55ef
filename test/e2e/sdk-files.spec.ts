import { mkdtemp, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ClientError,
  type ClientOptions,
  createClient,
  type OfflineOptions,
  type TidegateClient,
} from '@tidegate/sdk';
import type { Snapshot } from '@tidegate/sdk/engine';
import { withLock } from '../../client-sdk/src/client/files/file-lock.js';
import { readSnapshotFile, writeSnapshotFile } from '../../client-sdk/src/client/files/snapshot-file.js';
import { TsProcess } from '../support/ts-process.js';
import { ScriptedServer } from './scripted-server.js';
import { snapshotMessage, snapshotOf } from './snapshot.js';
import { until } from './until.js';

const NOWHERE = 'http://127.0.0.1:1';
const EPOCH = new Date(0).toISOString();

describe('files of the SDK', () => {
  let folder: string;
  let file: string;
  let server: ScriptedServer;
  let url: string;
  let clients: TidegateClient[];
  let errors: ClientError[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tidegate-files-'));
    file = path.join(folder, 'flags.tidegate');
    server = new ScriptedServer();
    url = await server.listen();
    clients = [];
    errors = [];
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close({ timeout: 500 })));
    await server.close();
    await rm(folder, { recursive: true });
  });

  function client(options: Partial<ClientOptions> | OfflineOptions): TidegateClient {
    const made = createClient({ url, key: 'tg_server_x', retryDelay: 10, cacheInterval: 100, ...options });
    made.on('error', (error) => errors.push(error));
    clients.push(made);
    return made;
  }
  const serve = (snapshot: Snapshot): void => {
    server.script = (_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(snapshotMessage(snapshot));
    };
  };
  const write = (snapshot: Snapshot, repair = false) =>
    writeSnapshotFile(file, snapshot, { repair, savedAt: EPOCH });
  const stored = async (): Promise<Snapshot | undefined> => (await readSnapshotFile(file))?.snapshot;
  const width = (from: TidegateClient): number => from.integer('width', {}, 0);

  describe('the last configuration', () => {
    it('is kept, readable by its owner only, and serves the next start though the server is gone', async () => {
      serve(snapshotOf(1, { width: 10 }));
      await client({ cacheFile: file }).ready();
      await until(stored);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      server.script = (_, res) => res.destroy();
      const next = client({ cacheFile: file });
      await next.ready();
      expect(next.status).toBe('stale');
      expect(width(next)).toBe(10);
      expect(next.stats()).toMatchObject({ origin: 'file', revision: 1, staleSince: expect.any(Date) });
    });

    it('is not waited for longer than the server is asked once: ready means current where it can be', async () => {
      await write(snapshotOf(1, { width: 10 }));
      serve(snapshotOf(2, { width: 20 }));
      const fresh = client({ cacheFile: file });
      await fresh.ready();
      expect(fresh.status).toBe('ready');
      expect(width(fresh)).toBe(20);
      expect(fresh.stats()).toMatchObject({ origin: 'stream', staleSince: null });
    });

    it('serves once the time is up, where the server neither answers nor refuses', async () => {
      await write(snapshotOf(1, { width: 10 }));
      server.script = () => undefined;
      const waiting = client({ cacheFile: file });
      await waiting.ready({ timeout: 300 });
      expect(width(waiting)).toBe(10);
    });

    it('serves though the key is refused', async () => {
      await write(snapshotOf(1, { width: 10 }));
      server.script = (_, res) => res.writeHead(401).end();
      const refused = client({ cacheFile: file });
      await refused.ready();
      expect(width(refused)).toBe(10);
      expect(errors).toContainEqual(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    });

    it('lets the stream go on from where it stands', async () => {
      await write(snapshotOf(7, { width: 10 }));
      serve(snapshotOf(8, { width: 20 }));
      await client({ cacheFile: file }).ready();
      expect(server.requests[0]).toMatchObject({ url: '/api/v1/stream', lastEventId: 'e.7' });
    });

    it('is written on close, though its time has not come', async () => {
      let tell: (text: string) => void = () => undefined;
      server.script = (_, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        tell = (text) => void res.write(text);
        tell(snapshotMessage(snapshotOf(1, { width: 10 })));
      };
      const slow = client({ cacheFile: file, cacheInterval: 3_600_000 });
      await slow.ready();
      await until(stored);
      tell(snapshotMessage(snapshotOf(2, { width: 20 })));
      await until(() => width(slow) === 20);
      expect((await stored())?.revision).toBe(1);
      await slow.close();
      expect((await stored())?.revision).toBe(2);
    });

    it.each([
      ['key', { key: 'tg_server_other' }],
      ['server', { url: NOWHERE }],
    ])('is passed over, and said to be, by a client of another %s', async (_, other) => {
      serve(snapshotOf(1, { width: 10 }));
      await client({ cacheFile: file }).ready();
      await until(stored);
      server.script = (_, res) => res.writeHead(503).end();
      const stranger = client({ cacheFile: file, ...other });
      await until(() => errors.some(({ code }) => code === 'FILE'));
      await until(() => errors.some(({ code }) => code === 'UNAVAILABLE'));
      expect(width(stranger)).toBe(0);
      expect(stranger.stats().environment).toBeNull();
      const own = client({ cacheFile: file });
      await own.ready();
      expect(width(own)).toBe(10);
    });

    it('serves every key that was told of the same epoch, and never holds one', async () => {
      serve(snapshotOf(1, { width: 10 }));
      for (const [index, key] of ['tg_server_old', 'tg_server_new'].entries()) {
        await client({ cacheFile: file, key }).ready();
        await until(async () => (await readSnapshotFile(file))?.toldTo?.length === index + 1);
      }
      serve(snapshotOf(2, { width: 20 }));
      await client({ cacheFile: file, key: 'tg_server_new' }).ready();
      await until(async () => (await stored())?.revision === 2);
      server.script = (_, res) => res.writeHead(503).end();
      for (const key of ['tg_server_old', 'tg_server_new']) {
        const next = client({ cacheFile: file, key });
        await next.ready();
        expect(width(next)).toBe(20);
      }
      expect(await readFile(file, 'utf8')).not.toContain('tg_server');
    });

    it.each<[string, (whole: Buffer) => Buffer]>([
      ['half written', (whole) => whole.subarray(0, whole.length / 2)],
      ['empty', () => Buffer.alloc(0)],
      ['damaged in one byte', (whole) => Buffer.from(whole.toString().replace('"width"', '"Width"'))],
      ['something else', () => Buffer.from('#!/bin/sh\n')],
    ])('is told and passed over when it is %s, and made whole by the server', async (_, spoil) => {
      await write(snapshotOf(1, { width: 10 }));
      await writeFile(file, spoil(await readFile(file)));
      const away = client({ url: NOWHERE, cacheFile: file });
      await until(() => errors.some(({ code }) => code === 'FILE'));
      expect(width(away)).toBe(0);
      expect(errors.find(({ code }) => code === 'FILE')?.message).toContain(file);
      serve(snapshotOf(1, { width: 10 }));
      await client({ cacheFile: file }).ready();
      await until(async () => (await stored().catch(() => undefined))?.revision === 1);
    });

    it('goes on without, and says so, where it can not be written', async () => {
      serve(snapshotOf(1, { width: 10 }));
      const hopeless = client({ cacheFile: path.join(folder, 'no', 'such', 'folder') });
      await hopeless.ready();
      await until(() => errors.some(({ code }) => code === 'FILE'));
      expect(width(hopeless)).toBe(10);
      await hopeless.close();
    });
  });

  describe('a snapshot file', () => {
    it('is never replaced by an older one of the same epoch, and always by another epoch', async () => {
      await write(snapshotOf(5, { width: 5 }));
      await write(snapshotOf(4, { width: 4 }));
      expect((await stored())?.revision).toBe(5);
      await write(snapshotOf(1, { width: 1 }, { epoch: 'f' }));
      expect(await stored()).toMatchObject({ epoch: 'f', revision: 1 });
    });

    it('is whole at any time though three processes write it and one is killed, and ends newest', async () => {
      const writers = [1, 2, 3].map(
        (first) => new TsProcess('test/e2e/snapshot-writer.ts', [file, String(first), '3', '300']),
      );
      const doomed = new TsProcess('test/e2e/snapshot-writer.ts', [file, '1', '1', '1000000']);
      await until(() => [...writers, doomed].every(({ lines }) => lines.includes('begun')));
      const seen: number[] = [];
      const ended = Promise.all(writers.map((writer) => writer.result()));
      const state = { over: false };
      void ended.finally(() => (state.over = true));
      setTimeout(() => doomed.child.kill('SIGKILL'), 200);
      while (!state.over) {
        const found = await stored();
        if (found !== undefined) seen.push(found.revision);
      }
      await ended;
      await doomed.ended();
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect((await stored())?.revision).toBeGreaterThanOrEqual(300);
    });

    it('leaves nothing beside it', async () => {
      await write(snapshotOf(1, { width: 1 }));
      await write(snapshotOf(2, { width: 2 }));
      expect(await readdir(folder)).toEqual([path.basename(file)]);
    });

    it('is cleared of what a process that died has left, at the next start', async () => {
      const [old, young] = ['1-aa', '2-bb'].map((name) => `${file}.${name}.tmp`) as [string, string];
      await writeFile(old, 'half');
      await writeFile(young, 'half');
      await utimes(old, 0, 0);
      client({ offline: true, cacheFile: file });
      await until(async () => !(await readdir(folder)).includes(path.basename(old)));
      expect(await readdir(folder)).toContain(path.basename(young));
    });

    it('is locked by one at a time, and a lock left by the dead is broken', async () => {
      let inside = 0;
      let most = 0;
      const lock = `${file}.lock`;
      const enter = () =>
        withLock(lock, async () => {
          most = Math.max(most, (inside += 1));
          await new Promise((done) => setTimeout(done, 5));
          inside -= 1;
        });
      await Promise.all([1, 2, 3, 4].map(enter));
      expect(most).toBe(1);
      await (await open(lock, 'wx')).close();
      await utimes(lock, 0, 0);
      await enter();
      expect(await readdir(folder)).toEqual([]);
    });
  });

  describe('a bootstrap', () => {
    it('answers at once from an object, until the server is reached', async () => {
      serve(snapshotOf(1, { width: 20 }));
      const given = snapshotOf(0, { width: 10 }, { epoch: 'build' });
      const booted = client({ bootstrap: given });
      expect(booted.status).toBe('stale');
      expect(width(booted)).toBe(10);
      await booted.ready();
      expect(width(booted)).toBe(20);
      expect(Object.isFrozen(given.flags[0]?.variants)).toBe(false);
    });

    it('answers from a file, as the server gives it', async () => {
      await writeFile(file, JSON.stringify(snapshotOf(3, { width: 10 })));
      const booted = client({ url: NOWHERE, bootstrap: { file } });
      await booted.ready();
      expect(width(booted)).toBe(10);
      expect(booted.stats()).toMatchObject({ origin: 'bootstrap', revision: 3 });
    });

    it('gives way to the cache file, but not to an older one of the same epoch', async () => {
      await write(snapshotOf(5, { width: 5 }));
      const other = client({
        offline: true,
        cacheFile: file,
        bootstrap: snapshotOf(9, { width: 9 }, { epoch: 'b' }),
      });
      await other.ready();
      expect(width(other)).toBe(5);
      const newer = client({ offline: true, cacheFile: file, bootstrap: snapshotOf(9, { width: 9 }) });
      await newer.ready();
      expect(width(newer)).toBe(9);
    });

    it('is told when its file is not there or not fit, and nothing is thrown', async () => {
      const missing = client({ offline: true, bootstrap: { file } });
      await missing.ready();
      expect(errors).toEqual([
        expect.objectContaining({ code: 'FILE', message: expect.stringContaining(file) }),
      ]);
      expect(width(missing)).toBe(0);
    });
  });

  describe('a process', () => {
    async function run(body: string): Promise<readonly string[]> {
      const program = path.join(folder, 'program.ts');
      await writeFile(program, `import { createClient } from '@tidegate/sdk';\n${body}`);
      const child = new TsProcess(program, []);
      expect(await child.ended()).toBe(0);
      return child.lines;
    }

    it('ends by itself, without close, though it keeps a file and polls', async () => {
      serve(snapshotOf(1, { width: 10 }));
      const options = JSON.stringify({ url, key: 'k', cacheFile: file, mode: 'stream', connectTimeout: 100 });
      expect(
        await run(`const client = createClient(${options});
          client.on('error', () => undefined);
          await client.ready();
          console.log(client.integer('width', {}, 0));`),
      ).toEqual(['10']);
      server.script = (_, res) => res.destroy();
      const polling = JSON.stringify({ url, key: 'k', cacheFile: file, mode: 'poll' });
      expect(
        await run(`const client = createClient(${polling});
          await client.ready();
          console.log(client.status, client.integer('width', {}, 0));`),
      ).toEqual(['stale 10']);
    }, 60_000);

    it('imports the code for files nowhere but on demand', async () => {
      const folders = await readdir('client-sdk/src/client', { recursive: true });
      const importing = await Promise.all(
        folders
          .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.startsWith('files'))
          .map(async (name) => {
            const text = await readFile(path.join('client-sdk/src/client', name), 'utf8');
            return /^import (?!type)[^;]*(node:fs|\/files\/)/m.test(text) ? name : '';
          }),
      );
      expect(importing.filter((name) => name !== '')).toEqual([]);
    });
  });

  it('offline, nothing reaches the network', async () => {
    await write(snapshotOf(1, { width: 10 }));
    const offline = client({ offline: true, url, key: 'tg_server_x', cacheFile: file });
    await offline.ready();
    expect(offline.status).toBe('offline');
    expect(width(offline)).toBe(10);
    offline.track('failed', {});
    await offline.flush();
    await offline.close();
    expect(offline.status).toBe('closed');
    expect(width(offline)).toBe(10);
    expect(server.requests).toEqual([]);
    const bare = createClient({ offline: true });
    expect(bare.status).toBe('offline');
    expect(bare.details('width', {}, 3)).toMatchObject({ value: 3, errorCode: 'PROVIDER_NOT_READY' });
    await bare.ready();
    await bare.close();
  });
});
