import { USAGE_HOUR, type Evaluations, type HourlyUsage, type LastSeen } from '../../../ports/store.js';
import { HOURS_OF_DAY } from '../ledger.js';
import { below, embeddedKeys } from './embedded-keys.js';
import type { DayRecord, Meta } from './records.js';
import type { Draft, EmbeddedDatabase } from './write-queue.js';

/** Adds evaluations at `now` (epoch ms). */
export function addUsage(
  draft: Draft,
  scope: string,
  evaluations: readonly Evaluations[],
  now: number,
): void {
  if (evaluations.length === 0) return;
  const hour = Math.floor(now / USAGE_HOUR);
  for (const { flag, variant, count } of evaluations) {
    const at = embeddedKeys.usage(scope, Math.floor(hour / HOURS_OF_DAY), flag, variant);
    const day = draft.get<DayRecord>(at) ?? {};
    const ofDay = hour % HOURS_OF_DAY;
    draft.put(at, { ...day, [ofDay]: (day[ofDay] ?? 0) + count } satisfies DayRecord);
    draft.put(embeddedKeys.seen(scope, flag, variant), now);
  }
  const meta = draft.get<Meta>(embeddedKeys.meta(scope));
  if (meta !== undefined && meta.countedSince === undefined)
    draft.put(embeddedKeys.meta(scope), { ...meta, countedSince: now });
}

export function usageOf(
  database: EmbeddedDatabase,
  scope: string,
  flag: string,
  { from, to }: { readonly from: number; readonly to: number },
): HourlyUsage {
  const hours = new Map<number, Map<string, number>>();
  for (let day = Math.floor(from / HOURS_OF_DAY); day * HOURS_OF_DAY <= to; day += 1) {
    for (const { key, value } of database.getRange(below(scope, 'usage', day, flag))) {
      for (const [ofDay, count] of Object.entries(value as DayRecord)) {
        const hour = day * HOURS_OF_DAY + Number(ofDay);
        if (hour < from || hour > to) continue;
        const variants = hours.get(hour) ?? new Map<string, number>();
        hours.set(hour, variants.set(String(key[4]), count));
      }
    }
  }
  return hours;
}

export function lastSeen(database: EmbeddedDatabase, scope: string, since: number | null): LastSeen {
  const flags = new Map<string, Map<string, number>>();
  for (const { key, value } of database.getRange(below(scope, 'seen'))) {
    const variants = flags.get(String(key[2])) ?? new Map<string, number>();
    flags.set(String(key[2]), variants.set(String(key[3]), value as number));
  }
  return { since, flags };
}
