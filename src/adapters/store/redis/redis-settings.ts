import { Problem } from '../../../domain/problem.js';
import type { StoreLog } from '../store-log.js';
import type { RedisConnection } from './redis-connection.js';

/** Refuses a server that would evict data (STORE_SETTINGS), warns of one that keeps no append-only file. */
export async function checkSettings(connection: RedisConnection, log: StoreLog): Promise<void> {
  // INFO, since hosted servers often forbid CONFIG.
  const memory = await connection.run((redis) => redis.info('memory'));
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction';
  if (policy !== 'noeviction') {
    throw new Problem(
      'STORE_SETTINGS',
      `STORE_SETTINGS: Redis has maxmemory-policy ${policy} and would throw away flags when memory is short; set maxmemory-policy noeviction`,
    );
  }
  const persistence = await connection.run((redis) => redis.info('persistence'));
  if (!/^aof_enabled:1/m.test(persistence))
    log('warn', 'Redis keeps no append-only file: a crash loses the last changes; set appendonly yes', {});
}
