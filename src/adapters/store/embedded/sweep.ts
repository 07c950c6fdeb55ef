import { COUNT_WINDOW, USAGE_HOUR } from '../../../ports/store.js';
import {
  COHORTS_FOR,
  COUNTED_FOR,
  HOURS_OF_DAY,
  POINTS_KEPT_FOR,
  REMEMBERED_FOR,
  UNITS_FOR,
} from '../ledger.js';
import type { EmbeddedKey } from './embedded-keys.js';
import type { EmbeddedDatabase } from './write-queue.js';

const DAY = HOURS_OF_DAY * USAGE_HOUR;

/** How long usage and verdicts are kept, ms. */
export interface SweepKeeping {
  readonly usage: number;
  readonly verdicts: number;
}

/** Removes counts, points, units, usage, what tells a guard's verdicts, answers to idempotency keys and clients' sequences that are too old, at `now` (epoch ms). */
export async function sweep(database: EmbeddedDatabase, now: number, keep: SweepKeeping): Promise<void> {
  const old: EmbeddedKey[] = [];
  for (const { key, value } of database.getRange({})) {
    const end = endOf(key, value, keep);
    if (end !== null && end <= now) old.push(key);
  }
  if (old.length > 0) await database.batch(() => old.forEach((key) => void database.remove(key)));
}

/** How long records are kept after the window of counts that they are of, and after the moment that they hold: ms. */
const AFTER_WINDOW: Readonly<Record<string, number>> = { count: COUNTED_FOR, point: POINTS_KEPT_FOR };
const AFTER_MOMENT: Readonly<Record<string, number>> = {
  request: REMEMBERED_FOR,
  client: REMEMBERED_FOR,
  unit: UNITS_FOR,
  deed: UNITS_FOR,
  assigned: UNITS_FOR,
  cohort: COHORTS_FOR,
};

/** When a record is too old, epoch ms; null: never. */
function endOf([, what, number, at]: EmbeddedKey, value: unknown, keep: SweepKeeping): number | null {
  const [afterWindow, afterMoment] = [AFTER_WINDOW[String(what)], AFTER_MOMENT[String(what)]];
  if (afterWindow !== undefined) return (Number(number) + 1) * COUNT_WINDOW + afterWindow;
  if (afterMoment !== undefined) return (value as { at: number }).at + afterMoment;
  if (what === 'usage') return (Number(number) + 1) * DAY + keep.usage;
  if (what === 'judged') return Number(at) + keep.verdicts;
  return what === 'seen' ? Number(value) + keep.usage : null;
}
