import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisConnection } from '../../src/adapters/store/redis/redis-connection.js';
import { RedisKeys } from '../../src/adapters/store/redis/redis-keys.js';
import {
  MIGRATIONS,
  runMigrations,
  type Migration,
} from '../../src/adapters/store/redis/redis-migrations.js';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import type { ChangeEvent } from '../../src/domain/change.js';
import type { Edit, Ref } from '../../src/domain/documents.js';
import { Redis } from '../support/redis.js';
import { sampleSegment } from '../support/sample-documents.js';
import { commitOf, flagEdit } from './store-samples.js';

describe('the layout of the data in Redis', () => {
  let redis: Redis;
  let connection: RedisConnection;

  beforeAll(async () => {
    redis = await Redis.start();
    connection = new RedisConnection(
      { url: redis.url, channel: 'none', replicas: 0, log: () => undefined },
      { up: () => undefined, down: () => undefined, woken: () => undefined },
    );
    await connection.ready();
  });
  afterAll(async () => {
    connection.close();
    await redis.stop();
  });

  function run(prefix: string, migrations: readonly Migration[]): Promise<number> {
    const keys = new RedisKeys(prefix);
    return runMigrations({ connection, keys, prefix, log: () => undefined }, migrations);
  }

  it('is brought up step by step, each step once, whoever starts at the same time', async () => {
    const ran: string[] = [];
    const step =
      (name: string): Migration =>
      async (client, prefix) => {
        await client.append(`${prefix}ran`, name);
        ran.push(name);
      };
    await Promise.all([1, 2, 3].map(() => run('steps:', [step('a'), step('b')])));
    expect(ran).toEqual(['a', 'b']);
    expect(await run('steps:', [step('a'), step('b'), step('c')])).toBe(3);
    expect(await redis.ask('GET', 'steps:ran')).toBe('abc');
    expect(await redis.ask('EXISTS', new RedisKeys('steps:').layoutLease())).toBe('0');
  });

  it('stays where a step failed, and goes on from there', async () => {
    const failing: Migration = () => Promise.reject(new Error('of the test'));
    await expect(run('failing:', [...MIGRATIONS, failing])).rejects.toEqual(new Error('of the test'));
    expect(await redis.ask('HGET', new RedisKeys('failing:').layout(), 'layout')).toBe(
      String(MIGRATIONS.length),
    );
    expect(await run('failing:', MIGRATIONS)).toBe(MIGRATIONS.length);
  });

  it('is refused when a newer version wrote it', async () => {
    await redis.ask('HSET', new RedisKeys('newer:').layout(), 'layout', '99');
    const store = new RedisStore({ url: redis.url, prefix: 'newer:', mayInitialise: true });
    await expect(store.open()).rejects.toMatchObject({
      code: 'STORE_LAYOUT',
      message: expect.stringMatching(/layout 99.*knows up to 2.*newer version/),
    });
    expect(await redis.ask('KEYS', 'newer:*')).toBe('newer:{@layout}');
  });

  it('has each migration run twice to no effect', async () => {
    await run('twice:', MIGRATIONS);
    const before = await redis.ask('HGETALL', new RedisKeys('twice:').layout());
    for (const migrate of MIGRATIONS) await connection.run((client) => migrate(client, 'twice:'));
    expect(await redis.ask('HGETALL', new RedisKeys('twice:').layout())).toBe(before);
  });

  it('of the first version has the keys of segments moved out of their documents', async () => {
    const open = async (): Promise<RedisStore> => {
      const store = new RedisStore({ url: redis.url, prefix: 'old:', mayInitialise: true });
      await store.open();
      return store;
    };
    const first = await open();
    const s = { ...sampleSegment('s'), included: ['a', 'b c'], excluded: ['x'] };
    const t = sampleSegment('t');
    const edits = [s, t].map((value): Edit => ({ kind: 'segment', key: value.key, value }));
    await first.createEnvironment('production', '', commitOf(edits));
    await first.close();
    await redis.ask('HSET', 'old:{@layout}', 'layout', '1');
    await redis.ask('DEL', 'old:{production}:listed');
    for (const value of [s, t])
      await redis.ask(
        'HSET',
        'old:{production}:documents',
        `segment/${value.key}`,
        `1 ${JSON.stringify(value)}`,
      );
    const later = await open();
    const { documents } = await later.image('production');
    expect([documents.value('segment', 's'), documents.value('segment', 't')]).toEqual([s, t]);
    expect(await redis.ask('HGET', 'old:{production}:documents', 'segment/s')).not.toContain('b c');
    await later.close();
  });

  it('of before changes told all that they are about has what guards did on a rollout in its history', async () => {
    const store = new RedisStore({ url: redis.url, prefix: 'about:', mayInitialise: true });
    await store.open();
    await store.createEnvironment('production', '', commitOf([flagEdit('a')]));
    const act = (evidence: ChangeEvent['evidence']): Promise<unknown> =>
      store.commit(
        'production',
        commitOf([], { event: { kind: 'trip', subject: 'guard/errors', evidence } }),
      );
    await act({ of: 'rollout/go', words: 'errors 3× control' });
    await act({ of: 'flag/a', aborted: 'rollout/go' });
    await act({ of: 'rollout/go-2', words: '"of":"rollout/go"', nested: { of: 'rollout/go' } });
    const log = new RedisKeys('about:').log('production');
    await connection.run(async (client) => {
      const entries = await client.xrange(log, '-', '+');
      await client.del(log);
      for (const [id, fields] of entries) await client.xadd(log, id, ...fields.with(5, ' guard/errors '));
    });
    const told = async (document: Ref): Promise<number[]> => {
      const { changes } = await store.history('production', { limit: 10, document });
      return changes.map(({ revision }) => revision);
    };
    expect(await told('rollout/go')).toEqual([3, 2]);
    expect(await told('rollout/go-2')).toEqual([4]);
    expect(await told('guard/errors')).toEqual([4, 3, 2]);
    await store.close();
  });

  it('keeps all keys of a scope under one hash tag', async () => {
    const store = new RedisStore({ url: redis.url, prefix: 'tags:', mayInitialise: true });
    await store.open();
    const idempotency = { key: 'k', input: 'i' };
    await store.createEnvironment('production', '', commitOf([flagEdit('a')], { idempotency }));
    await store.writeState('production', { key: 'route/x', value: 1 });
    await store.acquireLease('production', 'control', 'me', 1_000);
    await store.addCounts('production', {
      client: 'c',
      sequence: 1,
      counts: [{ series: 's', count: 1, sum: 1 }],
    });
    await store.close();
    const keys = (await redis.ask('KEYS', 'tags:*')).split('\n');
    expect(keys.filter((key) => !/^tags:\{(production|@registry|@layout)\}/.test(key))).toEqual([]);
    expect(keys.filter((key) => key.startsWith('tags:{production}')).length).toBeGreaterThanOrEqual(9);
    const counts = keys.find((key) => key.includes(':counts:')) ?? '';
    expect(Number(await redis.ask('PTTL', counts))).toBeGreaterThan(3_500_000);
    expect(Number(await redis.ask('PTTL', 'tags:{production}:request:k'))).toBeGreaterThan(86_000_000);
  });
});
