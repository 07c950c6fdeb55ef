import { join } from 'node:path';
import { open } from 'lmdb';
import { embeddedKeys, type EmbeddedKey } from '../../src/adapters/store/embedded/embedded-keys.js';

/** Keeps a verdict in an embedded store's folder as versions did that did not note whose it is; `id` is `<ms>-<number>`. */
export async function keepUnnamed(folder: string, scope: string, id: string, entry: unknown): Promise<void> {
  const path = join(folder, 'tidegate.mdb');
  const database = open<unknown, EmbeddedKey>({ path, encoding: 'json' });
  const [at = 0, number = 0] = id.split('-').map(Number);
  await database.put(embeddedKeys.verdict(scope, at, number), entry);
  await database.close();
}
