import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { embeddedKeys, type EmbeddedKey } from './embedded-keys.js';
import { sweep } from './sweep.js';

const HOUR = 3_600_000;

describe('sweeping the embedded store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-sweep-'));
  const database = open<unknown, EmbeddedKey>({ path: join(folder, 'store.mdb'), encoding: 'json' });
  afterAll(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  it('removes counts after an hour, answers and clients after a day, and nothing else', async () => {
    const kept = [
      embeddedKeys.meta('count'),
      embeddedKeys.state('production', 'route/x'),
      embeddedKeys.client('production', 'young'),
    ];
    const gone = [
      embeddedKeys.count('production', 0, 'old'),
      embeddedKeys.request('production', 'old'),
      embeddedKeys.client('production', 'old'),
    ];
    for (const key of [...kept, ...gone]) await database.put(key, { at: key.includes('young') ? HOUR : 0 });
    await sweep(database, 24 * HOUR - 1, 24 * HOUR);
    expect(database.getCount()).toBe(5);
    await database.put(embeddedKeys.count('production', 17_280 - 720, 'young'), {});
    await sweep(database, 24 * HOUR, 24 * HOUR);
    const keys = [...database.getKeys()].map((key) => key.join('/'));
    expect(keys.toSorted()).toEqual([
      'count/meta',
      'production/client/young',
      'production/count/16560/young',
      'production/state/route/x',
    ]);
  });
});
