import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { TsProcess } from '../support/ts-process.js';
import { commitOf, contentOf, flagEdit, until } from './store-samples.js';

describe('the embedded store and its process', () => {
  let path: string;
  const opened: EmbeddedStore[] = [];

  async function open(): Promise<EmbeddedStore> {
    const store = new EmbeddedStore({ path });
    await store.open();
    opened.push(store);
    return store;
  }

  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'tidegate-embedded-'));
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(path, { recursive: true, force: true });
  });

  it('refuses a second process and names the first', async () => {
    await open();
    const second = new TsProcess('test/contract/store-writer.ts', ['open', path]);
    await expect(second.result()).rejects.toThrow(`STORE_LOCKED: process ${process.pid} `);
    await expect(new EmbeddedStore({ path }).open()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  }, 30_000);

  it('lets the next one in when the first has closed, with all it wrote', async () => {
    const first = await open();
    await first.createEnvironment('production', '', commitOf([flagEdit('a')]));
    const before = await first.image('production');
    await first.close();
    await expect(first.commit('production', commitOf([flagEdit('b')]))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(await readdir(path)).not.toContain('tidegate.lock');
    const second = await open();
    expect(contentOf(await second.image('production'))).toEqual(contentOf(before));
  });

  it('loses nothing that was acknowledged when its process is killed, and takes over its lock', async () => {
    const first = await open();
    await first.createEnvironment('production', '', commitOf([]));
    await first.close();
    for (let round = 1; round <= 3; round += 1) {
      const scope = round === 1 ? 'production' : `round-${round}`;
      const writer = new TsProcess('test/contract/store-writer.ts', ['write', path, scope]);
      await until('some writes', () => writer.lines.length > 20 * round);
      writer.child.kill('SIGKILL');
      expect(await writer.ended()).toBeNull();
      const acknowledged = Number(writer.lines.at(-1));
      const store = await open();
      const image = await store.image(scope);
      const flags = image.documents.list('flag').length;
      expect(flags).toBeGreaterThanOrEqual(acknowledged);
      expect(flags).toBeLessThanOrEqual(acknowledged + 1);
      expect(image.revision).toBe(flags + 1);
      const { changes } = await store.history(scope, { limit: flags + 5 });
      expect(changes).toHaveLength(flags + 1);
      await store.createEnvironment(`round-${round + 1}`, '', commitOf([]));
      await store.close();
    }
  }, 120_000);

  it('takes over the lock of a process whose number another one has by now', async () => {
    const store = await open();
    await store.close();
    const lock = { pid: process.pid, started: '1', host: hostname(), id: 'other' };
    await writeFile(join(path, 'tidegate.lock'), JSON.stringify(lock));
    await open();
    expect(JSON.parse(await readFile(join(path, 'tidegate.lock'), 'utf8'))).toMatchObject({
      pid: process.pid,
    });
  });

  it('refuses writes of a process that was taken over', async () => {
    const first = await open();
    await first.createEnvironment('production', '', commitOf([]));
    await rm(join(path, 'tidegate.lock'));
    const second = new TsProcess('test/contract/store-writer.ts', ['open', path]);
    expect(await second.result()).toBe('opened');
    await expect(first.commit('production', commitOf([flagEdit('a')]))).rejects.toMatchObject({
      code: 'STORE_LOCKED',
    });
    expect((await first.image('production')).revision).toBe(1);
  }, 30_000);
});
