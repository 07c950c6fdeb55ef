import type { KeptEntry } from '../../../ports/store.js';
import type { RedisClient } from './redis-client.js';

/** `<ms>-<number within it>`, as Redis names entries of a stream. */
const ID = /^\d{1,15}-\d{1,15}$/;

/** The entry of an id; null: there is none, or it is too old. */
export async function verdictOf(
  redis: RedisClient,
  key: string,
  oldest: number,
  id: string,
): Promise<unknown> {
  if (!ID.test(id) || Number(id.split('-')[0]) < oldest) return null;
  const [found] = await redis.xrange(key, id, id);
  return found === undefined ? null : entryOf(found);
}

/** The newest entries, newest first. */
export async function newestVerdicts(
  redis: RedisClient,
  key: string,
  oldest: number,
  limit: number,
): Promise<KeptEntry[]> {
  const found = await redis.xrevrange(key, '+', String(oldest), 'COUNT', limit);
  return found.map((one) => ({ id: one[0], entry: entryOf(one) }));
}

/** Those of one guard, newest first: by their ids in the sorted set `index`. */
export async function newestVerdictsOf(
  redis: RedisClient,
  { key, index }: { readonly key: string; readonly index: string },
  oldest: number,
  limit: number,
): Promise<KeptEntry[]> {
  const ids = await redis.zrange(index, '+inf', String(oldest), 'BYSCORE', 'REV', 'LIMIT', 0, limit);
  const found = await Promise.all(ids.map((id) => redis.xrange(key, id, id)));
  return found.flat().map((one) => ({ id: one[0], entry: entryOf(one) }));
}

function entryOf([, fields]: readonly [string, readonly string[]]): unknown {
  return JSON.parse(fields[1] ?? 'null') as unknown;
}
