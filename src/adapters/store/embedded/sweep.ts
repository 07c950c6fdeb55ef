import { COUNT_WINDOW } from '../../../ports/store.js';
import { COUNTED_FOR, REMEMBERED_FOR } from '../ledger.js';
import type { EmbeddedKey } from './embedded-keys.js';
import type { EmbeddedDatabase } from './write-queue.js';

/** Removes counts, answers to idempotency keys and clients' sequences that are too old, at `now` (epoch ms). */
export async function sweep(database: EmbeddedDatabase, now: number): Promise<void> {
  const old: EmbeddedKey[] = [];
  for (const { key, value } of database.getRange({})) {
    const [, what, window] = key;
    const counted = what === 'count' && (Number(window) + 1) * COUNT_WINDOW + COUNTED_FOR <= now;
    const remembered =
      (what === 'request' || what === 'client') && (value as { at: number }).at + REMEMBERED_FOR <= now;
    if (counted || remembered) old.push(key);
  }
  if (old.length > 0) await database.batch(() => old.forEach((key) => void database.remove(key)));
}
