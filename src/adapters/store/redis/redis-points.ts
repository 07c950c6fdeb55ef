import { COUNT_WINDOW, MOST_POINTS, type MetricPoint, type ReceivedPoint } from '../../../ports/store.js';
import { POINTS_KEPT_FOR } from '../ledger.js';
import type { RedisClient } from './redis-client.js';
import type { RedisKeys } from './redis-keys.js';
import type { ScriptCall } from './scripts.js';

/** The script call that keeps points while it is about `now`, epoch ms of the store. */
export function keepPoints(
  keys: RedisKeys,
  scope: string,
  points: readonly MetricPoint[],
  now: number,
): ScriptCall {
  const first = Math.floor(now / COUNT_WINDOW) - 1;
  const windows = [first, first + 1, first + 2].map((window) => keys.points(scope, window));
  const named = points.flatMap((point) => [`${point.series} ${point.time}`, JSON.stringify(point)]);
  return {
    name: 'points',
    keys: windows,
    args: [first, COUNT_WINDOW, POINTS_KEPT_FOR, MOST_POINTS, ...named],
  };
}

/** Points of a window. */
export async function pointsOf(redis: RedisClient, key: string): Promise<ReceivedPoint[]> {
  return (await redis.hvals(key)).map((kept) => {
    const end = kept.indexOf(' ');
    return { ...(JSON.parse(kept.slice(end + 1)) as MetricPoint), at: Number(kept.slice(0, end)) };
  });
}
