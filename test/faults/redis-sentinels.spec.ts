import { afterEach, describe, expect, it } from '@jest/globals';
import { RedisStore, type RedisStoreOptions } from '../../src/adapters/store/redis/redis-store.js';
import { commitOf, flagEdit, until } from '../contract/store-samples.js';
import { RedisSentinels } from '../support/redis-sentinels.js';
import { RedisLoad } from './redis-load.js';
import { lostWrites } from './verdict.js';

const ENV = 'production';
const LONG = process.env['FAULTS'] === 'long';

describe('Redis with three sentinels', () => {
  const ending: (() => unknown)[] = [];
  const said: string[] = [];

  async function start(...settings: readonly string[]): Promise<RedisSentinels> {
    const sentinels = await RedisSentinels.start(settings);
    ending.push(() => sentinels.stop());
    return sentinels;
  }

  async function open(url: string, options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
    const log = (level: string, message: string, fields: object): void =>
      void said.push(`${level} ${message} ${JSON.stringify(fields)}`);
    const store = new RedisStore({ url, mayInitialise: true, log, ...options });
    ending.push(() => store.close());
    await store.open();
    return store;
  }

  async function underLoad(
    { url }: RedisSentinels,
    replicas: number,
  ): Promise<{ stores: readonly [RedisStore, RedisStore]; load: RedisLoad }> {
    const stores = [await open(url, { replicas }), await open(url, { replicas })] as const;
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

  it('fails over from a primary that is killed, and with all replicas asked loses no acknowledged write', async () => {
    const sentinels = await start();
    const { stores, load } = await underLoad(sentinels, 2);
    const killed = await sentinels.primary();
    const { epoch } = await stores[0].image(ENV);
    await killed.kill();
    await load.refusal('STORE_UNAVAILABLE');
    await until('another primary', async () => (await sentinels.primary()) !== killed, 60_000);
    // One of two replicas is the primary now, so nobody else can confirm until the killed one is back.
    await killed.run();
    await load.more(20);
    await load.stop();
    expect((await stores[1].image(ENV)).epoch).not.toBe(epoch);
    expect(await lostWrites(await open(sentinels.url), ENV, load)).toEqual([]);
    expect(said.filter((line) => line.includes('STORE_LOST'))).toEqual([]);
  });

  it('fails over from a primary that hangs and comes back, and with one replica asked loses no acknowledged write', async () => {
    const sentinels = await start();
    const { stores, load } = await underLoad(sentinels, 1);
    for (let round = 0; round < (LONG ? 6 : 1); round += 1) {
      const hanging = await sentinels.primary();
      hanging.pause();
      await load.refusal('STORE_UNAVAILABLE');
      await until('another primary', async () => (await sentinels.primary()) !== hanging, 60_000);
      await load.more(20);
      hanging.resume();
      const role = (): Promise<string> => hanging.ask('ROLE').catch(() => 'cut');
      await until('it to follow', async () => (await role()).startsWith('slave'), 60_000);
      await load.more(20);
    }
    await load.stop();
    expect(await lostWrites(stores[0], ENV, load)).toEqual([]);
    expect(said.filter((line) => line.includes('STORE_LOST'))).toEqual([]);
  });

  it('is followed by every connection through failovers that come one upon another', async () => {
    const sentinels = await start();
    const { stores, load } = await underLoad(sentinels, 0);
    for (let round = 0; round < (LONG ? 20 : 4); round += 1) {
      const primary = await sentinels.primary();
      await until(
        'a failover',
        () =>
          sentinels.failOver().then(
            () => true,
            () => false,
          ),
        60_000,
      );
      await until('another primary', async () => (await sentinels.primary()) !== primary, 60_000);
    }
    await load.more(20);
    for (const store of stores) {
      await until(
        'a write',
        () =>
          store.commit(ENV, commitOf([])).then(
            () => true,
            () => false,
          ),
        60_000,
      );
      expect(store.available(ENV)).toBe(true);
    }
    await load.stop();
    expect((await stores[1].image(ENV)).epoch).toBe((await stores[0].image(ENV)).epoch);
  });

  it('is found again by who is told of a failover while asking a sentinel that hangs', async () => {
    const sentinels = await start();
    const { stores, load } = await underLoad(sentinels, 0);
    const primary = await sentinels.primary();
    sentinels.freezeFirst();
    await primary.kill();
    await until('another primary', async () => (await sentinels.primary()) !== primary, 60_000);
    sentinels.thawFirst();
    for (const store of stores) await until('the store', () => store.available(ENV), 60_000);
    await load.more(20);
    await load.stop();
  });

  it('acknowledges nothing that too few replicas have, and says so; the same key later is acknowledged once', async () => {
    const sentinels = await start();
    const store = await open(sentinels.url, { replicas: 2 });
    await store.createEnvironment(ENV, '', commitOf([flagEdit('a')]));
    const primary = await sentinels.primary();
    const replica = sentinels.servers.find((server) => server !== primary);
    replica?.pause();
    const idempotency = { key: 'k', input: 'i' };
    const commit = commitOf([flagEdit('b')], { idempotency });
    const refusal = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('2 replicas (only 1') };
    await expect(store.commit(ENV, commit)).rejects.toMatchObject(refusal);
    await expect(store.commit(ENV, commit)).rejects.toMatchObject(refusal);
    await expect(store.recall(ENV, idempotency)).rejects.toMatchObject(refusal);
    expect(store.available(ENV)).toBe(true);
    replica?.resume();
    await until('the replica', () =>
      store.commit(ENV, commit).then(
        ({ repeated }) => repeated,
        () => false,
      ),
    );
    expect((await store.image(ENV)).revision).toBe(2);
  });

  it('without asking replicas loses acknowledged writes of the old epoch only, and writes again what was off', async () => {
    const sentinels = await start();
    const { stores, load } = await underLoad(sentinels, 0);
    const primary = await sentinels.primary();
    const before = await stores[0].image(ENV);
    // The replicas hear nothing any more, as across a network that is cut.
    await primary.ask('ACL', 'SETUSER', 'default', '-psync', '-sync');
    await primary.ask('CLIENT', 'KILL', 'TYPE', 'replica');
    await load.more(20);
    const off = flagEdit('kill-switch', { enabled: false });
    await stores[0].commit(ENV, commitOf([off], { expected: { 'flag/kill-switch': 1 } }));
    await until('the other to know', async () => {
      const { documents } = await stores[1].image(ENV);
      return documents.value('flag', 'kill-switch')?.enabled === false;
    });
    await primary.kill();
    await until('another primary', async () => (await sentinels.primary()) !== primary, 60_000);
    await load.more(20);
    await load.stop();
    const lost = await lostWrites(stores[0], ENV, load);
    expect(lost.length).toBeGreaterThanOrEqual(20);
    expect(lost.every(({ epoch }) => epoch === before.epoch)).toBe(true);
    const { documents } = await stores[1].image(ENV);
    expect(documents.value('flag', 'kill-switch')?.enabled).toBe(false);
  });
});
