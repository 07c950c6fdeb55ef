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

/** Which entries are meant: those of the stream `key` that are not too old, newest first, at most `limit`. */
interface Wanted {
  readonly key: string;
  /** Epoch ms. */
  readonly oldest: number;
  readonly limit: number;
}

/** The newest entries; those before the one of this id, where one is given. */
export async function newestVerdicts(
  redis: RedisClient,
  { key, oldest, limit }: Wanted,
  before?: string | null,
): Promise<KeptEntry[]> {
  const from = before == null ? '+' : `(${before}`;
  const found = await redis.xrevrange(key, from, String(oldest), 'COUNT', limit);
  return found.map((one) => ({ id: one[0], entry: entryOf(one) }));
}

/** Those of one guard: by their ids in the sorted set `index`. */
export async function newestVerdictsOf(
  redis: RedisClient,
  { key, oldest, limit }: Wanted,
  index: string,
): Promise<KeptEntry[]> {
  const ids = await redis.zrange(index, '+inf', String(oldest), 'BYSCORE', 'REV', 'LIMIT', 0, limit);
  const found = await Promise.all(ids.map((id) => redis.xrange(key, id, id)));
  return found.flat().map((one) => ({ id: one[0], entry: entryOf(one) }));
}

function entryOf([, fields]: readonly [string, readonly string[]]): unknown {
  return JSON.parse(fields[1] ?? 'null') as unknown;
}
