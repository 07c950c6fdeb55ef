import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisStore, type RedisStoreOptions } from '../../src/adapters/store/redis/redis-store.js';
import { REGISTRY } from '../../src/domain/image.js';
import { commitOf, flagEdit, record, until } from '../contract/store-samples.js';
import { RedisCluster } from '../support/redis-cluster.js';
import type { Redis } from '../support/redis.js';
import { RedisLoad } from './redis-load.js';
import { lostWrites } from './verdict.js';

const LONG = process.env['FAULTS'] === 'long';

describe('a Redis Cluster of three nodes', () => {
  const ending: (() => unknown)[] = [];
  const said: string[] = [];
  let cluster: RedisCluster;

  async function open(options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
    const log = (level: string, message: string, fields: object): void =>
      void said.push(`${level} ${message} ${JSON.stringify(fields)}`);
    const store = new RedisStore({ url: cluster.url, mayInitialise: true, log, ...options });
    ending.push(() => store.close());
    await store.open();
    return store;
  }

  async function homeOf(scope: string): Promise<{ slot: number; node: Redis }> {
    const slot = await cluster.slotOf(`tidegate:{${scope}}:meta`);
    return { slot, node: await cluster.serving(slot) };
  }

  /** Names of environments, one at home on each node. */
  async function environments(): Promise<readonly string[]> {
    const homes = new Map<Redis, string>();
    for (let number = 1; homes.size < cluster.nodes.length; number += 1) {
      const { node } = await homeOf(`env-${number}`);
      if (!homes.has(node)) homes.set(node, `env-${number}`);
    }
    return cluster.nodes.map((node) => homes.get(node) ?? '');
  }

  beforeEach(async () => {
    cluster = await RedisCluster.start(['--cluster-require-full-coverage', 'no']);
    ending.push(() => cluster.stop());
  });
  afterEach(async () => {
    for (const end of ending.splice(0).toReversed()) await end();
    said.length = 0;
  });

  it('keeps each environment on one node, wakes replicas of the service across nodes, and takes every act', async () => {
    const [one, two] = [await open({ pollEvery: 60_000 }), await open({ pollEvery: 60_000 })];
    for (const environment of await environments()) {
      const { epoch } = await one.createEnvironment(environment, '', commitOf([flagEdit('a')]));
      const told = await record(two, environment, { epoch, revision: 1 });
      await one.commit(environment, commitOf([flagEdit('b')], { idempotency: { key: 'k', input: 'i' } }));
      await until('the wake-up', () => told.changes.length === 1);
      await one.writeState(environment, { key: 'route/x', value: 1 });
      await until('the state', () => told.stateKeys.includes('route/x'));
      const counts = [{ series: 's', count: 1, sum: 1 }];
      expect(await one.addCounts(environment, { client: 'c', sequence: 1, counts })).toBe(true);
      const window = Math.floor((await two.now()) / 5_000);
      expect((await two.readCounts(environment, ['s'], window - 2, window + 1)).size).toBe(1);
      expect(await two.acquireLease(environment, 'control', 'me', 1_000)).toBeGreaterThan(0);
      expect(await two.recall(environment, { key: 'k', input: 'i' })).toMatchObject({ revision: 2 });
      expect((await two.history(environment, { limit: 9 })).changes).toHaveLength(2);
    }
  });

  it('moves the slot of an environment under writes without losing, doubling or mixing any', async () => {
    const [environment = ''] = await environments();
    const stores = [await open(), await open()];
    await stores[0]?.createEnvironment(environment, '', commitOf([]));
    const load = await RedisLoad.start(stores, environment);
    ending.push(() => load.stop().catch(() => undefined));
    await load.more(20);
    for (let round = 0; round < (LONG ? 10 : 2); round += 1) {
      const { slot, node } = await homeOf(environment);
      const next = cluster.nodes[(cluster.nodes.indexOf(node) + 1) % cluster.nodes.length] as Redis;
      const before = await stores[0]?.image(environment);
      await cluster.moveSlot(slot, next, round % 2 === 0 ? 3_000 : 0);
      await until(
        'another epoch',
        async () => (await stores[0]?.image(environment))?.epoch !== before?.epoch,
      );
      await load.more(20);
    }
    const registry = await homeOf(REGISTRY);
    const elsewhere = cluster.nodes.find((node) => node !== registry.node) as Redis;
    await cluster.moveSlot(registry.slot, elsewhere, 500);
    await load.more(20);
    await stores[0]?.createEnvironment('made-after', '', commitOf([]));
    // While a slot is on its way, writes to it were refused, not lost.
    expect(load.refused.get('STORE_UNAVAILABLE')).toBeGreaterThan(0);
    await load.stop();
    expect(await lostWrites(await open(), environment, load)).toEqual([]);
    expect(said.filter((line) => line.includes('STORE_LOST'))).toEqual([]);
  });

  it('is resharded by redis-cli under writes without losing, doubling or mixing any', async () => {
    const names = await environments();
    const stores = [await open(), await open()];
    const loads: RedisLoad[] = [];
    for (const environment of names) {
      await stores[0]?.createEnvironment(environment, '', commitOf([]));
      loads.push(await RedisLoad.start(stores, environment));
    }
    ending.push(() => Promise.all(loads.map((load) => load.stop().catch(() => undefined))));
    const [first, second] = cluster.nodes as [Redis, Redis];
    const lowest = Math.min(...(await Promise.all(names.map(async (name) => (await homeOf(name)).slot))));
    await cluster.reshard(first, second, lowest + 1);
    expect((await cluster.serving(lowest)).port).toBe(second.port);
    for (const load of loads) await load.more(20);
    for (const [index, load] of loads.entries()) {
      await load.stop();
      expect(await lostWrites(stores[0] as RedisStore, names[index] ?? '', load)).toEqual([]);
    }
  });

  it('goes on in every environment but those of a node that is away, and in these when it is back', async () => {
    const names = await environments();
    const [store, other] = [await open(), await open()];
    for (const environment of names)
      await store.createEnvironment(environment, '', commitOf([flagEdit('a')]));
    const registry = await homeOf(REGISTRY);
    const away = cluster.nodes.findIndex((node) => node !== registry.node);
    const [gone, ...rest] = [names[away] ?? '', ...names.filter((_, index) => index !== away)];
    const before = await store.image(gone);
    const load = await RedisLoad.start([store, other], rest[0] ?? '');
    ending.push(() => load.stop().catch(() => undefined));
    await load.more(20);
    await cluster.nodes[away]?.kill();
    await until('both to know', () => !store.available(gone) && !other.available(gone));
    await expect(store.commit(gone, commitOf([flagEdit('b')]))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(await store.image(gone)).toBe(before);
    await load.more(40);
    for (const environment of rest) expect(store.available(environment)).toBe(true);
    await cluster.nodes[away]?.run();
    await until('it to be back', () => store.available(gone) && other.available(gone), 60_000);
    await until('a write', () =>
      store.commit(gone, commitOf([flagEdit('c')])).then(
        () => true,
        () => false,
      ),
    );
    await load.stop();
    expect(await lostWrites(store, rest[0] ?? '', load)).toEqual([]);
    expect((await other.image(gone)).documents.get('flag', 'a')).toBeDefined();
  });

  it('fails over from a node that is killed, and with its replica asked loses no acknowledged write', async () => {
    await cluster.addReplicas();
    const [environment = ''] = await environments();
    const stores = [await open({ replicas: 1 }), await open({ replicas: 1 })];
    await stores[0]?.createEnvironment(environment, '', commitOf([]));
    const load = await RedisLoad.start(stores, environment);
    ending.push(() => load.stop().catch(() => undefined));
    await load.more(20);
    const { slot, node } = await homeOf(environment);
    const target = cluster.nodes[1] as Redis;
    await cluster.moveSlot(slot, target, 500);
    await load.more(20);
    const before = await stores[0]?.image(environment);
    await target.kill();
    await load.refusal('STORE_UNAVAILABLE');
    expect(target).not.toBe(node);
    await until(
      'another epoch',
      async () => (await stores[0]?.image(environment))?.epoch !== before?.epoch,
      60_000,
    );
    // Its replica serves alone until it is back.
    await target.run();
    await load.more(20);
    await load.stop();
    expect(await lostWrites(stores[1] as RedisStore, environment, load)).toEqual([]);
  });

  it('is refused while any node would evict data', async () => {
    await cluster.nodes[2]?.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(open()).rejects.toMatchObject({ code: 'STORE_SETTINGS' });
  });
});
