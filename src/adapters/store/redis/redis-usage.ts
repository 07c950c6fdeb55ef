import type { RedisClient } from './redis-client.js';
import { USAGE_HOUR, type Evaluations, type HourlyUsage, type LastSeen } from '../../../ports/store.js';
import { HOURS_OF_DAY } from '../ledger.js';
import type { RedisKeys } from './redis-keys.js';

/** Hours in which last evaluations share a hash: it goes as a whole, and with it flags that are no more. */
const PERIOD = 7 * HOURS_OF_DAY;

interface Adding {
  readonly scope: string;
  readonly evaluations: readonly Evaluations[];
  /** The store's time as far as it is known here, epoch ms. */
  readonly now: number;
  /** ms */
  readonly keep: number;
}

/** What count.lua adds beside counts: the keys of usage, and as JSON what is added to which. */
export function usageAddition(
  keys: RedisKeys,
  { scope, evaluations, now, keep }: Adding,
): { readonly keys: readonly string[]; readonly plan: string } {
  const hour = Math.floor(now / USAGE_HOUR);
  const flags = [...new Set(evaluations.map(({ flag }) => flag))];
  const indexes = new Map(flags.map((flag, index) => [flag, index + 1]));
  const plan = {
    hour,
    hourLength: USAGE_HOUR,
    keep,
    added: evaluations.map(({ flag, variant, count }) => [
      indexes.get(flag),
      `${hour % HOURS_OF_DAY}|${variant}`,
      `${flag}|${variant}`,
      count,
    ]),
  };
  const day = Math.floor(hour / HOURS_OF_DAY);
  const written = [
    keys.seen(scope, Math.floor(hour / PERIOD)),
    ...flags.map((flag) => keys.usage(scope, day, flag)),
  ];
  return { keys: written, plan: JSON.stringify(plan) };
}

/** Usage of a flag in hours `from` … `to`. */
export async function usageOf(
  redis: RedisClient,
  keys: RedisKeys,
  {
    scope,
    flag,
    from,
    to,
  }: { readonly scope: string; readonly flag: string; readonly from: number; readonly to: number },
): Promise<HourlyUsage> {
  const days = span(Math.floor(from / HOURS_OF_DAY), Math.floor(to / HOURS_OF_DAY));
  const stored = await Promise.all(days.map((day) => redis.hgetall(keys.usage(scope, day, flag))));
  const hours = new Map<number, Map<string, number>>();
  for (const [index, fields] of stored.entries()) {
    for (const [field, count] of Object.entries(fields)) {
      const [ofDay, variant] = split(field);
      const hour = (days[index] ?? 0) * HOURS_OF_DAY + Number(ofDay);
      if (hour < from || hour > to) continue;
      hours.set(hour, (hours.get(hour) ?? new Map<string, number>()).set(variant, Number(count)));
    }
  }
  return hours;
}

/** When each variant was last evaluated between `from` and `to`, epoch ms. */
export async function lastSeen(
  redis: RedisClient,
  keys: RedisKeys,
  { scope, from, to }: { readonly scope: string; readonly from: number; readonly to: number },
): Promise<LastSeen> {
  const period = (at: number): number => Math.floor(at / USAGE_HOUR / PERIOD);
  const periods = span(period(from), period(to));
  const since = await redis.hget(keys.meta(scope), 'countedSince');
  const stored = await Promise.all(periods.map((each) => redis.hgetall(keys.seen(scope, each))));
  const flags = new Map<string, Map<string, number>>();
  for (const [field, at] of stored.flatMap((fields) => Object.entries(fields))) {
    const [flag, variant] = split(field);
    flags.set(flag, (flags.get(flag) ?? new Map<string, number>()).set(variant, Number(at)));
  }
  return { since: since === null ? null : Number(since), flags };
}

function span(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function split(field: string): [string, string] {
  const bar = field.indexOf('|');
  return [field.slice(0, bar), field.slice(bar + 1)];
}
