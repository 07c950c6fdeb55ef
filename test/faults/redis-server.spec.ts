import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { RedisStore, type RedisStoreOptions } from '../../src/adapters/store/redis/redis-store.js';
import { commitOf, flagEdit, until } from '../contract/store-samples.js';
import { Redis } from '../support/redis.js';
import { RedisLoad } from './redis-load.js';
import { lostWrites } from './verdict.js';

const ENV = 'production';
const LONG = process.env['FAULTS'] === 'long';

describe('one Redis under fire', () => {
  const ending: (() => unknown)[] = [];
  const said: string[] = [];

  async function start(...settings: readonly string[]): Promise<Redis> {
    const redis = await Redis.start({ settings });
    ending.push(() => redis.stop());
    return redis;
  }

  function make(redis: Redis, options: Partial<RedisStoreOptions> = {}): RedisStore {
    const log = (level: string, message: string, fields: object): void =>
      void said.push(`${level} ${message} ${JSON.stringify(fields)}`);
    const store = new RedisStore({ url: redis.url, mayInitialise: true, log, ...options });
    ending.push(() => store.close());
    return store;
  }

  async function open(redis: Redis, options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
    const store = make(redis, options);
    await store.open();
    return store;
  }

  /** Two stores on one Redis, with an environment that is written all the time. */
  async function underLoad(
    redis: Redis,
  ): Promise<{ stores: readonly [RedisStore, RedisStore]; load: RedisLoad }> {
    const stores = [await open(redis), await open(redis)] as const;
    await stores[0].createEnvironment(ENV, '', commitOf([flagEdit('kill-switch')]));
    const load = await RedisLoad.start(stores, ENV);
    ending.push(() => load.stop().catch(() => undefined));
    await load.more(20);
    return { stores, load };
  }

  afterEach(async () => {
    for (const end of ending.splice(0).toReversed()) await end();
    said.length = 0;
  });

  it.each(['always', 'everysec'])(
    'killed again and again, with appendfsync %s, it loses no acknowledged write and does none twice',
    async (appendfsync) => {
      const redis = await start('--appendfsync', appendfsync);
      const { stores, load } = await underLoad(redis);
      for (let round = 0; round < (LONG ? 20 : 4); round += 1) {
        const { epoch } = await stores[0].image(ENV);
        await redis.kill();
        await load.refusal('STORE_UNAVAILABLE');
        await redis.run();
        await until('another epoch', async () => (await stores[0].image(ENV)).epoch !== epoch);
        await load.more(20);
      }
      await load.stop();
      expect(await lostWrites(await open(redis), ENV, load)).toEqual([]);
      expect(said.filter((line) => line.includes('STORE_LOST'))).toEqual([]);
    },
  );

  it('torn off in the middle of a write, as by the power going, it loses the last writes whole, and says so', async () => {
    const redis = await start('--appendfsync', 'everysec');
    const { stores, load } = await underLoad(redis);
    const off = flagEdit('kill-switch', { enabled: false });
    const written = await redis.written();
    await stores[0].commit(ENV, commitOf([off], { expected: { 'flag/kill-switch': 1 } }));
    const before = await stores[0].image(ENV);
    await load.more(20);
    await redis.kill();
    await redis.tear(written + 100);
    await redis.run();
    await until('another epoch', async () => (await stores[0].image(ENV)).epoch !== before.epoch);
    await load.more(20);
    await load.stop();
    const lost = await lostWrites(stores[0], ENV, load);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every(({ epoch }) => epoch === before.epoch)).toBe(true);
    const { documents } = await stores[1].image(ENV);
    expect(documents.value('flag', 'kill-switch')?.enabled).toBe(false);
    const { changes } = await stores[0].history(ENV, { limit: 10, document: 'flag/kill-switch' });
    expect(changes[0]?.actor).toBe('system:rollback');
  });

  it('restarted from an older dump, it has what was off switched off again, and goes on from there', async () => {
    const redis = await start();
    const { stores, load } = await underLoad(redis);
    await redis.backUp();
    await load.more(20);
    const off = flagEdit('kill-switch', { enabled: false });
    await stores[0].commit(ENV, commitOf([off], { expected: { 'flag/kill-switch': 1 } }));
    const before = await stores[0].image(ENV);
    await redis.restore();
    await until('another epoch', async () => (await stores[0].image(ENV)).epoch !== before.epoch);
    await load.more(20);
    await load.stop();
    const lost = await lostWrites(stores[0], ENV, load);
    expect(lost.length).toBeGreaterThanOrEqual(20);
    expect(lost.every(({ epoch }) => epoch === before.epoch)).toBe(true);
    const { documents } = await stores[1].image(ENV);
    expect(documents.value('flag', 'kill-switch')?.enabled).toBe(false);
  });

  it('flushed, it is STORE_LOST to everybody: the last image stays, and a person decides', async () => {
    const redis = await start();
    const { stores, load } = await underLoad(redis);
    await redis.ask('FLUSHALL');
    await load.refusal('STORE_LOST');
    await until('both to know', () => stores.every((store) => !store.available(ENV)));
    const before = await stores[0].image(ENV);
    expect(before.revision).toBeGreaterThanOrEqual(20);
    const lost = { code: 'STORE_LOST' };
    for (const store of stores) {
      await expect(store.acquireLease(ENV, 'control', 'me', 1_000)).rejects.toMatchObject(lost);
      await expect(store.writeState(ENV, { key: 'route/x', value: 1 })).rejects.toMatchObject(lost);
    }
    expect(await redis.ask('KEYS', '*:documents')).toBe('');
    await stores[0].confirmEmpty();
    await until('the other to follow', () => stores[1].available(ENV));
    await load.more(20);
    await load.stop();
    const gone = await lostWrites(stores[0], ENV, load);
    expect(gone.length).toBeGreaterThanOrEqual(20);
    expect(gone.every(({ epoch }) => epoch === before.epoch)).toBe(true);
    expect((await stores[1].image(ENV)).epoch).not.toBe(before.epoch);
  });

  it('made a replica, it refuses writes by name and is read on; made a primary again, it is written again', async () => {
    const [redis, other] = [await start(), await start()];
    const { stores, load } = await underLoad(redis);
    await redis.ask('CONFIG', 'SET', 'replica-serve-stale-data', 'yes');
    // A primary that is away: the data stay as they are.
    await other.kill();
    await redis.ask('REPLICAOF', '127.0.0.1', String(other.port));
    await load.refusal('STORE_UNAVAILABLE');
    const anew = commitOf([flagEdit('new')]);
    await until('a clear refusal', () =>
      stores[0].commit(ENV, anew).then(
        () => false,
        (error: unknown) => String(error).includes('READONLY'),
      ),
    );
    const lines = said.length;
    await sleep(4_000);
    expect(said.length - lines).toBeLessThan(40);
    const late = make(redis);
    const opening = late.open();
    await redis.ask('REPLICAOF', 'NO', 'ONE');
    await opening;
    await load.more(20);
    await load.stop();
    expect(await lostWrites(stores[0], ENV, load)).toEqual([]);
    expect((await late.image(ENV)).documents.get('flag', 'kill-switch')).toBeDefined();
  });

  it('is waited for, with the reason, by who starts on a replica', async () => {
    const primary = await start();
    await (await open(primary)).createEnvironment(ENV, '', commitOf([flagEdit('a')]));
    const replica = await start('--replicaof', `127.0.0.1 ${primary.port}`);
    await until('the data', async () => (await replica.ask('EXISTS', `tidegate:{${ENV}}:meta`)) === '1');
    said.length = 0;
    const store = make(replica);
    const opening = store.open();
    await until('the reason', () => said.some((line) => line.includes('READONLY')));
    expect(store.connected).toBe(false);
    await replica.ask('REPLICAOF', 'NO', 'ONE');
    await opening;
    expect((await store.image(ENV)).documents.get('flag', 'a')).toBeDefined();
  });

  it('out of memory, it refuses writes and leases by name, writes nothing half, and goes on when there is room', async () => {
    const redis = await start('--maxmemory', '24mb');
    const { stores, load } = await underLoad(redis);
    const fill = "return redis.call('SET', KEYS[1], string.rep('x', 1000000))";
    for (let part = 0; part < 30; part += 1) await redis.ask('EVAL', fill, '1', `ballast${part}`);
    await load.refusal('STORE_UNAVAILABLE');
    await until('a clear refusal', () =>
      stores[0].commit(ENV, commitOf([flagEdit('new')])).then(
        () => false,
        (error: unknown) => String(error).includes('OOM'),
      ),
    );
    await expect(stores[1].acquireLease(ENV, 'control', 'me', 1_000)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('OOM'),
    });
    expect(stores.every((store) => store.available(ENV))).toBe(true);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    await load.more(20);
    await load.stop();
    expect(await lostWrites(stores[0], ENV, load)).toEqual([]);
  });

  it('hanging for 5 s, it loses nothing, does nothing twice, is not taken for lost, and has one lease holder', async () => {
    const redis = await start();
    const { stores, load } = await underLoad(redis);
    const [one, two] = stores;
    const token = (await one.acquireLease(ENV, 'control', 'one', 3_000)) ?? 0;
    redis.pause();
    await load.refusal('STORE_UNAVAILABLE');
    await sleep(5_000);
    redis.resume();
    await load.more(20);
    await until('both to be back', () => one.connected && two.connected);
    let taken: number | null = null;
    await until(
      'the lease',
      async () => (taken = await two.acquireLease(ENV, 'control', 'two', 60_000)) !== null,
    );
    expect(taken).toBeGreaterThan(token);
    expect(await one.acquireLease(ENV, 'control', 'one', 60_000)).toBeNull();
    await expect(
      one.commit(ENV, commitOf([flagEdit('late')], { lease: { name: 'control', token } })),
    ).rejects.toMatchObject({ code: 'STALE_LEASE' });
    await load.stop();
    expect(await lostWrites(stores[0], ENV, load)).toEqual([]);
    expect(said.filter((line) => line.includes('STORE_LOST'))).toEqual([]);
    expect(load.witnesses.map(({ resets }) => resets)).toEqual([1, 1]);
  });

  it('refuses writes that its own settings want replicas for, by name', async () => {
    const redis = await start();
    const store = await open(redis);
    await store.createEnvironment(ENV, '', commitOf([flagEdit('a')]));
    await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await expect(store.commit(ENV, commitOf([flagEdit('b')]))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('NOREPLICAS'),
    });
    await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', '0');
    expect((await store.commit(ENV, commitOf([flagEdit('b')]))).revision).toBe(2);
  });

  it('takes a user who may do no more than the documentation says', async () => {
    const redis = await start();
    const rights = /^ACL SETUSER tidegate on (.*)$/m.exec(readFileSync('docs/stores.md', 'utf8'))?.[1] ?? '';
    await redis.ask('ACL', 'SETUSER', 'tidegate', 'on', ...rights.split(' '));
    const url = `redis://tidegate:secret@127.0.0.1:${redis.port}`;
    const [one, two] = [await open(redis, { url }), await open(redis, { url, pollEvery: 60_000 })];
    await one.createEnvironment(ENV, '', commitOf([]));
    const load = await RedisLoad.start([one, two], ENV);
    await load.more(20);
    await load.stop();
    await one.acquireLease(ENV, 'control', 'me', 1_000);
    expect(await lostWrites(two, ENV, load)).toEqual([]);
    const denied = await redis.ask('ACL', 'LOG');
    expect(denied).toBe('');
  });

  it('without CONFIG, as hosted ones are, it is checked all the same', async () => {
    const hosted = await start('--rename-command', 'CONFIG', '', '--appendonly', 'no');
    await open(hosted);
    expect(said.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining('append-only')]);
    const evicting = await start('--rename-command', 'CONFIG', '', '--maxmemory-policy', 'volatile-lru');
    await expect(open(evicting)).rejects.toMatchObject({ code: 'STORE_SETTINGS' });
  });
});
