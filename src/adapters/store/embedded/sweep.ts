import { COUNT_WINDOW, USAGE_HOUR } from '../../../ports/store.js';
import { COHORTS_FOR, COUNTED_FOR, HOURS_OF_DAY, REMEMBERED_FOR, UNITS_FOR } from '../ledger.js';
import type { EmbeddedKey } from './embedded-keys.js';
import type { EmbeddedDatabase } from './write-queue.js';

const DAY = HOURS_OF_DAY * USAGE_HOUR;

/** Removes counts, units, usage, answers to idempotency keys and clients' sequences that are too old, at `now` (epoch ms). */
export async function sweep(database: EmbeddedDatabase, now: number, keepUsage: number): Promise<void> {
  const old: EmbeddedKey[] = [];
  for (const { key, value } of database.getRange({})) {
    const end = endOf(key, value, keepUsage);
    if (end !== null && end <= now) old.push(key);
  }
  if (old.length > 0) await database.batch(() => old.forEach((key) => void database.remove(key)));
}

/** When a record is too old, epoch ms; null: never. */
function endOf([, what, number]: EmbeddedKey, value: unknown, keepUsage: number): number | null {
  switch (what) {
    case 'count':
      return (Number(number) + 1) * COUNT_WINDOW + COUNTED_FOR;
    case 'request':
    case 'client':
      return (value as { at: number }).at + REMEMBERED_FOR;
    case 'unit':
    case 'deed':
    case 'assigned':
      return (value as { at: number }).at + UNITS_FOR;
    case 'cohort':
      return (value as { at: number }).at + COHORTS_FOR;
    case 'usage':
      return (Number(number) + 1) * DAY + keepUsage;
    case 'seen':
      return Number(value) + keepUsage;
    default:
      return null;
  }
}
