import {
  attributionLags,
  MOST_LEVELS,
  type UnitCounts,
  UNITS_PER_LEVEL,
  type UnitSighting,
} from '../../../domain/units.js';
import { COUNT_WINDOW } from '../../../ports/store.js';
import { COHORTS_FOR, EVENT_WAITS, UNITS_FOR } from '../ledger.js';
import type { RedisClient } from './redis-client.js';
import type { RedisKeys } from './redis-keys.js';

const SETTINGS = {
  window: COUNT_WINDOW,
  keep: UNITS_FOR,
  cohorts: COHORTS_FOR / COUNT_WINDOW,
  waits: EVENT_WAITS / COUNT_WINDOW,
  perLevel: UNITS_PER_LEVEL,
  mostLevels: MOST_LEVELS,
  lags: attributionLags(COUNT_WINDOW),
};

/** Keys of units.lua. */
export function unitKeys(keys: RedisKeys, scope: string, series: string): readonly string[] {
  return [keys.units(scope, series), keys.cohorts(scope, series)];
}

/** Arguments of units.lua. */
export function unitArguments(seen: readonly UnitSighting[]): readonly (string | number)[] {
  return [
    JSON.stringify(SETTINGS),
    ...seen.flatMap(({ variant, event, share, units }) => [variant, event, share, JSON.stringify(units)]),
  ];
}

/** Distinct units of a series. */
export async function unitsOf(
  redis: RedisClient,
  keys: RedisKeys,
  {
    scope,
    series,
    from,
    to,
  }: { readonly scope: string; readonly series: string; readonly from: number; readonly to: number },
): Promise<UnitCounts> {
  const windows = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  const fields = ['assigned', ...windows.map((window) => `w${window}`)];
  const [assigned = null, ...stored] = await redis.hmget(keys.cohorts(scope, series), ...fields);
  const cohorts = new Map<number, ReadonlyMap<string, number>>();
  for (const [index, text] of stored.entries()) if (text !== null) cohorts.set(from + index, countsOf(text));
  return { assigned: countsOf(assigned ?? '{}'), cohorts };
}

function countsOf(text: string): Map<string, number> {
  return new Map(Object.entries(JSON.parse(text) as { readonly [name: string]: number }));
}
