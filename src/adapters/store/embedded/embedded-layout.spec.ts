import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { open } from 'lmdb';
import { embeddedKeys, type EmbeddedKey } from './embedded-keys.js';
import { settleLayout } from './embedded-layout.js';

const head = { key: 's', description: 'd', rules: [] };

describe('the layout of the embedded store', () => {
  it('of the first version has the keys of segments moved out of their documents, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-layout-'));
    const database = open<unknown, EmbeddedKey>({ path: join(folder, 'data.mdb'), encoding: 'json' });
    const at = embeddedKeys.document('production', 'segment/s');
    const value = { ...head, included: ['a', '\0'], excluded: ['x'] };
    await database.put(embeddedKeys.layout(), 1);
    await database.put(at, { kind: 'segment', key: 's', revision: 3, value });
    for (const owner of ['first', 'second']) {
      await settleLayout(database, owner);
      expect(database.get(at)).toEqual({ kind: 'segment', key: 's', revision: 3, value: head });
      const listed = ['a', '\0', 'x'].map((key) => database.get(embeddedKeys.listed('production', 's', key)));
      expect(listed).toEqual([
        ['i', 'a'],
        ['i', '\0'],
        ['e', 'x'],
      ]);
      expect([database.get(embeddedKeys.layout()), database.get(embeddedKeys.owner())]).toEqual([2, owner]);
    }
    await database.put(embeddedKeys.layout(), 3);
    await expect(settleLayout(database, 'third')).rejects.toMatchObject({ code: 'STORE_LAYOUT' });
    await database.close();
    rmSync(folder, { recursive: true });
  });
});
