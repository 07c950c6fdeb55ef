import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate as firstLayout } from '../../../../migrations/0001-first-layout.js';
import { migrate as keysOfSegmentsApart } from '../../../../migrations/0002-keys-of-segments-apart.js';
import { Problem } from '../../../domain/problem.js';
import type { StoreLog } from '../store-log.js';
import type { RedisClient } from './redis-client.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';

/** Brings data to one more layout. Idempotent: one that was cut short runs again. */
export type Migration = (redis: RedisClient, prefix: string) => Promise<void>;

/** In order; the first brings data to layout 1. */
export const MIGRATIONS: readonly Migration[] = [firstLayout, keysOfSegmentsApart];

const LEASE = 30_000;

export interface MigrationOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly prefix: string;
  readonly log: StoreLog;
}

/**
 * Runs what is missing, one process at a time. Rejects with STORE_LAYOUT when the data was written by a newer version.
 * Returns the layout reached.
 */
export async function runMigrations(
  options: MigrationOptions,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<number> {
  const holder = randomBytes(9).toString('base64url');
  for (;;) {
    if ((await layoutOf(options, migrations.length)) === migrations.length) return migrations.length;
    if (await lease(options, holder)) break;
    await sleep(100);
  }
  try {
    const from = await layoutOf(options, migrations.length);
    for (const [index, migrate] of migrations.entries())
      if (index >= from) await step(options, holder, index + 1, migrate);
    return migrations.length;
  } finally {
    await settle(options, holder, '').catch(() => undefined);
  }
}

async function step(
  options: MigrationOptions,
  holder: string,
  layout: number,
  migrate: Migration,
): Promise<void> {
  const { connection, keys, prefix, log } = options;
  await connection.run((redis) => redis.pexpire(keys.layoutLease(), LEASE));
  await connection.run((redis) => migrate(redis, prefix));
  if (!(await settle(options, holder, String(layout))))
    throw new Problem('STORE_UNAVAILABLE', `Migration ${layout} took longer than its lease; start again`);
  log('info', 'The data in Redis was brought to a new layout', { layout });
}

async function layoutOf({ connection, keys }: MigrationOptions, known: number): Promise<number> {
  const layout = Number((await connection.run((redis) => redis.hget(keys.layout(), 'layout'))) ?? 0);
  if (layout <= known) return layout;
  throw new Problem(
    'STORE_LAYOUT',
    `STORE_LAYOUT: the data in Redis has layout ${layout}, this version knows up to ${known}. Start the newer version`,
  );
}

async function lease({ connection, keys }: MigrationOptions, holder: string): Promise<boolean> {
  const taken = await connection.run((redis) => redis.set(keys.layoutLease(), holder, 'PX', LEASE, 'NX'));
  return taken === 'OK';
}

async function settle(
  { connection, keys }: MigrationOptions,
  holder: string,
  layout: string,
): Promise<boolean> {
  const done = await connection.script({
    name: 'settle-layout',
    keys: [keys.layout(), keys.layoutLease()],
    args: [holder, layout],
  });
  return done === 1;
}
