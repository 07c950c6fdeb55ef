import type { Redis } from 'ioredis';
import { Problem } from '../../../domain/problem.js';
import type { StoreLog } from '../store-log.js';
import type { RedisConnection } from './redis-connection.js';

interface Settings {
  /** Null: the server doesn't say. */
  readonly policy: string | null;
  readonly appendOnly: boolean;
}

/**
 * Refuses servers that would evict data (STORE_SETTINGS), warns of those that keep no append-only file. In a cluster every
 * node is asked, replicas too: each may come to serve.
 */
export async function checkSettings(connection: RedisConnection, log: StoreLog): Promise<void> {
  const asked = connection.servers.map((server) => connection.run(() => settingsOf(server)));
  // A node that is away neither serves nor tells; without any the store is away.
  await Promise.any(asked).catch(() => Promise.all(asked));
  const all = (await Promise.allSettled(asked)).flatMap((each) =>
    each.status === 'fulfilled' ? [each.value] : [],
  );
  const evicting = all.find(({ policy }) => policy !== null && policy !== 'noeviction');
  if (evicting !== undefined) {
    throw new Problem(
      'STORE_SETTINGS',
      `STORE_SETTINGS: Redis has maxmemory-policy ${evicting.policy} and would throw away flags when memory is short; set maxmemory-policy noeviction`,
    );
  }
  if (all.some(({ policy }) => policy === null))
    log('warn', 'Redis does not tell its maxmemory-policy; it must be noeviction', {});
  if (!all.every(({ appendOnly }) => appendOnly))
    log('warn', 'Redis keeps no append-only file: a crash loses the last changes; set appendonly yes', {});
}

/** By INFO, since hosted servers often forbid CONFIG. */
async function settingsOf(server: Redis): Promise<Settings> {
  const [memory, persistence] = [await server.info('memory'), await server.info('persistence')];
  return {
    policy: /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? null,
    appendOnly: /^aof_enabled:1/m.test(persistence),
  };
}
