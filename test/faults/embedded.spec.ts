import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { commitOf, until } from '../contract/store-samples.js';
import { ServiceProcess } from '../support/service-process.js';
import { TsProcess } from '../support/ts-process.js';

const ROUNDS = process.env['FAULTS'] === 'long' ? 100 : 10;
/** Runs a command in a mount namespace of its own, where a small disk lies on the folder that is named first. */
const ON_A_SMALL_DISK = [
  'unshare',
  '--mount',
  'bash',
  '-c',
  'mount -t tmpfs -o size=8m small "$0" && exec "$@"',
];

describe('the embedded store', () => {
  let path: string;

  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'tidegate-faults-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  it('has each acknowledged write, whole and logged, however often it is killed in the middle of one', async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const scope = `round-${round}`;
      const before = new EmbeddedStore({ path });
      await before.open();
      await before.createEnvironment(scope, '', commitOf([]));
      await before.close();
      const writer = new TsProcess('test/contract/store-writer.ts', ['write', path, scope]);
      await until('a write', () => writer.lines.length > 0);
      await new Promise((resolve) => setTimeout(resolve, (round * 37) % 101));
      writer.child.kill('SIGKILL');
      await writer.ended();
      const store = new EmbeddedStore({ path });
      await store.open();
      const image = await store.image(scope);
      const { changes } = await store.history(scope, { limit: image.revision + 1 });
      const acknowledged = Number(writer.lines.at(-1));
      expect(image.documents.count('flag')).toBeGreaterThanOrEqual(acknowledged);
      expect(changes.map(({ revision }) => revision)).toEqual(
        Array.from({ length: image.revision }, (_, index) => image.revision - index),
      );
      expect(image.documents.count('flag')).toBe(image.revision - 1);
      await store.close();
    }
  });

  it('refuses writes on a full disk, serves what it has, and writes again when there is room', async () => {
    if (process.getuid?.() !== 0) throw new Error('must be root: only root may mount the small disk');
    const child = new TsProcess('test/faults/full-disk.ts', [path], [...ON_A_SMALL_DISK, path]);
    const told = await child.result<Record<string, unknown>>();
    expect(told['acknowledged']).toBeGreaterThan(100);
    expect(told).toMatchObject({
      refusal: 'STORE_UNAVAILABLE',
      served: Number(told['acknowledged']) - 1,
      again: 'STORE_UNAVAILABLE',
      after: 'written',
      lost: [],
      unlogged: 0,
      revision: 0,
    });
  });

  it('serves one process only: a second one says who has it, ends, and leaves the first alone', async () => {
    const settings = { TIDEGATE_DATA_DIR: path };
    const first = await ServiceProcess.start({ settings });
    try {
      await expect(ServiceProcess.start({ settings })).rejects.toThrow(/STORE_LOCKED.*process \d+/s);
      expect(await first.status('/readyz')).toBe(200);
      await first.admin.do('createEnvironment', { key: 'production', reason: 'Still here' });
    } finally {
      await first.stop();
    }
  });
});
