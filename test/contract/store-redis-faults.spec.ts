import { afterEach, describe, expect, it } from '@jest/globals';
import { RedisStore, type RedisStoreOptions } from '../../src/adapters/store/redis/redis-store.js';
import { REGISTRY } from '../../src/domain/image.js';
import { Redis, type RedisOptions } from '../support/redis.js';
import { commitOf, flagEdit, record, until } from './store-samples.js';

/** Writes must be refused within this, ms: a command's patience, and room for a busy machine. */
const PROMPT = 8_000;

describe('the Redis store when Redis fails', () => {
  const ending: (() => Promise<void>)[] = [];
  const said: string[] = [];

  async function start(options: RedisOptions = {}): Promise<Redis> {
    const redis = await Redis.start(options);
    ending.push(() => redis.stop());
    return redis;
  }

  function make(redis: Redis, options: Partial<RedisStoreOptions> = {}): RedisStore {
    const log = (level: string, message: string): void => void said.push(`${level} ${message}`);
    const store = new RedisStore({ url: redis.url, mayInitialise: true, log, ...options });
    ending.push(() => store.close());
    return store;
  }

  async function open(redis: Redis, options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
    const store = make(redis, options);
    await store.open();
    return store;
  }

  afterEach(async () => {
    for (const end of ending.splice(0).toReversed()) await end();
    said.length = 0;
  });

  it('waits for it at the start, says so, and goes on when it comes', async () => {
    const redis = await Redis.prepare();
    ending.push(() => redis.stop());
    const store = make(redis);
    const opening = store.open();
    await until('the warning', () => said.some((line) => line.includes('can not be reached')));
    expect(store.connected).toBe(false);
    await expect(store.image(REGISTRY)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await redis.run();
    await opening;
    expect(store.connected).toBe(true);
    expect((await store.image(REGISTRY)).revision).toBe(0);
  }, 60_000);

  it('can be closed while it waits', async () => {
    const redis = await Redis.prepare();
    ending.push(() => redis.stop());
    const store = make(redis);
    const opening = store.open();
    opening.catch(() => undefined);
    await until('the warning', () => said.length > 0);
    await store.close();
    await expect(opening).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  }, 60_000);

  it.each(['killed', 'hanging'])(
    'serves images, refuses writes at once and tells watchers while it is %s; then goes on',
    async (how) => {
      const redis = await start();
      const store = await open(redis);
      await store.createEnvironment('production', '', commitOf([flagEdit('a')]));
      const told = await record(store, 'production', null);
      const before = await store.image('production');
      if (how === 'killed') await redis.kill();
      else redis.pause();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const began = Date.now();
        await expect(store.commit('production', commitOf([flagEdit(`b${attempt}`)]))).rejects.toMatchObject({
          code: 'STORE_UNAVAILABLE',
        });
        expect(Date.now() - began).toBeLessThan(PROMPT);
      }
      await until('the watcher to know', () => told.connections.at(-1) === false);
      expect(store.connected).toBe(false);
      expect(await store.image('production')).toBe(before);
      await expect(store.writeState('production', { key: 'route/x', value: 1 })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
      await expect(store.now()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      if (how === 'killed') await redis.run();
      else redis.resume();
      await until('the connection', () => store.connected);
      expect(told.connections.at(-1)).toBe(true);
      await store.commit('production', commitOf([flagEdit('c')]));
      const flags = (await store.image('production')).documents.list('flag').map(({ key }) => key);
      // Of what was refused while it hung it isn't known whether it was written; what was refused without it wasn't.
      expect(flags).toEqual(expect.arrayContaining(['a', 'c']));
      if (how === 'killed') expect(flags).toEqual(['a', 'c']);
    },
    120_000,
  );

  it('begins a new epoch when it was started anew, and loses nothing of its file', async () => {
    const redis = await start();
    const [one, two] = [await open(redis), await open(redis)];
    await one.createEnvironment('production', '', commitOf([flagEdit('a')]));
    await one.writeState('production', { key: 'route/x', value: 1 });
    const before = await one.image('production');
    const watchers = [await record(one, 'production', null), await record(two, 'production', null)];
    const token = (await one.acquireLease('production', 'control', 'me', 60_000)) ?? 0;
    await redis.restart();
    for (const told of watchers) await until('the reset', () => told.resets.length === 2);
    const after = await one.image('production');
    expect(after.epoch).not.toBe(before.epoch);
    expect({ ...after, epoch: before.epoch }).toEqual(before);
    expect((await two.image('production')).epoch).toBe(after.epoch);
    const stale = { code: 'STALE_REVISION' };
    const old = commitOf([flagEdit('a', { enabled: false })], {
      expected: { 'flag/a': 1 },
      epoch: before.epoch,
    });
    await expect(one.commit('production', old)).rejects.toMatchObject(stale);
    await expect(
      one.writeState('production', { key: 'route/x', value: 2, expected: 1, epoch: before.epoch }),
    ).rejects.toMatchObject(stale);
    await expect(
      one.commit('production', commitOf([flagEdit('b')], { lease: { name: 'control', token } })),
    ).rejects.toMatchObject({ code: 'STALE_LEASE' });
    expect(await one.acquireLease('production', 'control', 'me', 60_000)).toBeGreaterThan(token);
    await expect(one.commit('production', { ...old, epoch: after.epoch })).resolves.toMatchObject({
      revision: 2,
      epoch: after.epoch,
    });
  }, 60_000);

  it('catches a commit that was decided before the restart and comes right after it', async () => {
    const redis = await start();
    const store = await open(redis);
    await store.createEnvironment('production', '', commitOf([flagEdit('a')]));
    const { epoch } = await store.image('production');
    await redis.restart();
    const bound = commitOf([flagEdit('a', { enabled: false })], { expected: { 'flag/a': 1 } });
    let answer: unknown;
    await until('an answer', async () => {
      const { epoch: present } = await store.image('production');
      if (present !== epoch) return true;
      answer = await store.commit('production', bound).catch((error: unknown) => error);
      return !(answer as { code?: string }).code?.startsWith('STORE_');
    });
    if (answer !== undefined) expect(answer).toMatchObject({ code: expect.stringMatching(/^ST/) });
    expect((await store.image('production')).documents.get('flag', 'a')?.revision).toBe(1);
  }, 60_000);

  it('is STORE_LOST when it comes back without its data: images stay, writes wait for a person', async () => {
    const redis = await start();
    const [store, other] = [await open(redis), await open(redis)];
    await store.createEnvironment('production', '', commitOf([flagEdit('a')]));
    const told = await record(store, 'production', null);
    await until('the other to know', async () => (await other.image('production')).revision === 1);
    const before = await store.image('production');
    await redis.restart({ empty: true });
    await until('the loss', () => said.filter((line) => line.includes('STORE_LOST')).length >= 4);
    const lost = { code: 'STORE_LOST' };
    expect(await store.image('production')).toBe(before);
    expect(store.available('production')).toBe(false);
    expect(store.connected).toBe(true);
    expect(told.connections).toEqual([false]);
    await expect(store.commit('production', commitOf([flagEdit('b')]))).rejects.toMatchObject(lost);
    await expect(store.writeState('production', { key: 'route/x', value: 1 })).rejects.toMatchObject(lost);
    await expect(store.createEnvironment('staging', '', commitOf([]))).rejects.toMatchObject(lost);
    await expect(store.commit(REGISTRY, commitOf([]))).rejects.toMatchObject(lost);
    await expect(open(redis, { mayInitialise: false })).rejects.toMatchObject({
      ...lost,
      message: expect.stringContaining('TIDEGATE_ADMIN_TOKEN'),
    });

    await store.confirmEmpty();
    expect(store.available('production')).toBe(true);
    const after = await store.image('production');
    expect([after.revision, [...after.documents.all()], after.epoch === before.epoch]).toEqual([
      1,
      [],
      false,
    ]);
    expect(told.resets).toHaveLength(2);
    await store.commit('production', commitOf([flagEdit('a')]));
    await until('the other to follow', async () => (await other.image('production')).revision === 2);
    expect(other.available('production')).toBe(true);
    expect((await other.image(REGISTRY)).documents.get('environment', 'production')).toBeDefined();
  }, 60_000);

  it('goes on in every environment but the one whose record is lost', async () => {
    const redis = await start();
    const store = await open(redis, { pollEvery: 200 });
    for (const environment of ['production', 'staging'])
      await store.createEnvironment(environment, '', commitOf([flagEdit('a')]));
    const keys = await redis.ask('KEYS', '*{staging}*');
    await redis.ask('DEL', ...keys.split('\n'));
    await until('the loss', () => !store.available('staging'));
    expect(store.available('production')).toBe(true);
    expect(store.connected).toBe(true);
    await store.commit('production', commitOf([flagEdit('b')]));
    await redis.kill();
    await until('the cut', () => !store.connected);
    expect(store.available('production')).toBe(false);
  }, 60_000);

  it('does not take a registry that another process made on the empty store for its own', async () => {
    const redis = await start();
    const store = await open(redis);
    await store.createEnvironment('production', '', commitOf([flagEdit('a')]));
    await store.close();
    const known = await open(redis);
    await redis.kill();
    await redis.wipe();
    await redis.run();
    await open(redis);
    await until('the loss', () => said.some((line) => line.includes('not a continuation')));
    await expect(known.commit(REGISTRY, commitOf([]))).rejects.toMatchObject({ code: 'STORE_LOST' });
    expect((await known.image('production')).documents.get('flag', 'a')).toBeDefined();
    await known.confirmEmpty();
    await expect(known.commit('production', commitOf([flagEdit('b')]))).rejects.toMatchObject({
      code: 'STORE_LOST',
    });
  }, 60_000);

  it('goes on when the data is restored', async () => {
    const redis = await start();
    const store = await open(redis);
    await store.createEnvironment('production', '', commitOf([flagEdit('a')]));
    await redis.backUp();
    await redis.restart({ empty: true });
    await until('the loss', () => said.some((line) => line.includes('STORE_LOST')));
    await redis.restore();
    await until('the connection', () => store.available('production'));
    await store.commit('production', commitOf([flagEdit('b')]));
    expect((await store.image('production')).revision).toBe(2);
  }, 60_000);

  it('does not start where data would be evicted, and warns where nothing is kept', async () => {
    const evicting = await start({ settings: ['--maxmemory-policy', 'allkeys-lru'] });
    await expect(open(evicting)).rejects.toMatchObject({
      code: 'STORE_SETTINGS',
      message: expect.stringContaining('allkeys-lru'),
    });
    const forgetful = await start({ settings: ['--appendonly', 'no'] });
    await open(forgetful);
    expect(said).toEqual(expect.arrayContaining([expect.stringContaining('append-only')]));
  }, 60_000);

  it('writes nothing half when memory is full', async () => {
    const redis = await start();
    const store = await open(redis);
    await store.createEnvironment('production', '', commitOf([flagEdit('a')]));
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
    await expect(
      store.commit('production', commitOf([flagEdit('b')], { state: [{ key: 'route/x', value: 1 }] })),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('OOM') });
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    await store.commit('production', commitOf([flagEdit('c')]));
    const { documents, states, revision } = await store.image('production');
    expect([documents.list('flag').length, states.size, revision]).toEqual([2, 0, 2]);
  }, 60_000);

  it('finds changes without wake-ups, and catches up after its connection was cut', async () => {
    const redis = await start();
    const [one, two] = [await open(redis), await open(redis)];
    const { epoch } = await one.createEnvironment('production', '', commitOf([]));
    const told = await record(two, 'production', { epoch, revision: 1 });
    await redis.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await one.commit('production', commitOf([flagEdit('a')]));
    await until('the first', () => told.changes.length === 1);
    for (let round = 0; round < 10; round += 1) {
      await redis.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await redis.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await until('a write', async () => {
        const idempotency = { key: `r${round}`, input: '' };
        return one.commit('production', commitOf([flagEdit(`f${round}`)], { idempotency })).then(
          () => true,
          () => false,
        );
      });
    }
    await until('all', () => told.changes.length === 11);
    expect(told.revisions).toEqual(Array.from({ length: 11 }, (_, index) => index + 2));
    expect(told.resets).toEqual([]);
  }, 120_000);
});
