import type { Cluster, Redis } from 'ioredis';

/**
 * The first layout: per scope (an environment, or `@registry`) a hash `meta`, the hashes `documents` and `states`, the
 * stream `log`, the sorted set `touched` and the hash `leases`, all made by the first write. Nothing stands before it, so
 * this only notes since when the data exists.
 */
export async function migrate(redis: Redis | Cluster, prefix: string): Promise<void> {
  const [seconds] = await redis.time();
  await redis.hsetnx(`${prefix}{@layout}`, 'createdAt', new Date(Number(seconds) * 1_000).toISOString());
}
