import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { embeddedKeys, type EmbeddedKey } from './embedded-keys.js';
import { sweep } from './sweep.js';

const HOUR = 3_600_000;
const keep = { usage: 24 * HOUR, verdicts: HOUR };

describe('sweeping the embedded store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-sweep-'));
  const database = open<unknown, EmbeddedKey>({ path: join(folder, 'store.mdb'), encoding: 'json' });
  afterAll(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  it('removes counts after an hour, answers and clients after a day, whose verdicts are too old, and nothing else', async () => {
    const kept = [
      embeddedKeys.meta('count'),
      embeddedKeys.state('production', 'route/x'),
      embeddedKeys.client('production', 'young'),
      embeddedKeys.judged('production', 'errors', 23 * HOUR + 1, 0),
    ];
    const gone = [
      embeddedKeys.count('production', 0, 'old'),
      embeddedKeys.request('production', 'old'),
      embeddedKeys.client('production', 'old'),
      embeddedKeys.judged('production', 'errors', HOUR, 0),
    ];
    for (const key of [...kept, ...gone]) await database.put(key, { at: key.includes('young') ? HOUR : 0 });
    await sweep(database, 24 * HOUR - 1, keep);
    expect(database.getCount()).toBe(6);
    await database.put(embeddedKeys.count('production', 17_280 - 720, 'young'), {});
    await sweep(database, 24 * HOUR, keep);
    const keys = [...database.getKeys()].map((key) => key.join('/'));
    expect(keys.toSorted()).toEqual([
      'count/meta',
      'production/client/young',
      'production/count/16560/young',
      `production/judged/errors/${23 * HOUR + 1}/0`,
      'production/state/route/x',
    ]);
  });
});
