import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import { Redis } from '../support/redis.js';
import { TsProcess } from '../support/ts-process.js';
import { commitOf, record, until } from './store-samples.js';

describe('several processes on one Redis', () => {
  let redis: Redis;
  let store: RedisStore;

  beforeAll(async () => {
    redis = await Redis.start();
    store = new RedisStore({ url: redis.url, mayInitialise: true });
    await store.open();
  });
  afterAll(async () => {
    await store.close();
    await redis.stop();
  });

  it('lose nothing when four of them raise one number with four writers each', async () => {
    const scope = 'numbers';
    const { epoch } = await store.createEnvironment(scope, '', commitOf([]));
    const told = await record(store, scope, { epoch, revision: 1 });
    const processes = [1, 2, 3, 4].map(
      () => new TsProcess('test/contract/store-writer.ts', ['raise', redis.url, scope, '10']),
    );
    const losses = await Promise.all(processes.map((each) => each.result<number>()));
    expect(losses.reduce((sum, lost) => sum + lost, 0)).toBeGreaterThan(0);
    await until('all of them', () => told.changes.length === 160);
    expect(told.revisions).toEqual(Array.from({ length: 160 }, (_, index) => index + 2));
    expect((await store.image(scope)).documents.value('flag', 'n')?.description).toBe('160');
  }, 120_000);

  it('never leave a reference to a segment that another one deletes', async () => {
    const scope = 'references';
    const { epoch } = await store.createEnvironment(scope, '', commitOf([]));
    const told = await record(store, scope, { epoch, revision: 1 });
    const remover = new TsProcess('test/contract/store-writer.ts', ['remove', redis.url, scope, '400']);
    const referrer = new TsProcess('test/contract/store-writer.ts', ['refer', redis.url, scope, '400']);
    const [removed, referred] = await Promise.all([remover.result<number>(), referrer.result<number>()]);
    expect(removed).toBeGreaterThan(10);
    expect(referred).toBeGreaterThan(10);
    const last = (await store.history(scope, { limit: 1 })).changes[0]?.revision;
    await until('the last change', () => told.image?.revision === last);
    const dangling = told.images.filter(
      ({ documents }) =>
        documents.get('segment', 's') === undefined &&
        documents.list('flag').some(({ value }) => value.description === 's'),
    );
    expect(dangling.map(({ revision }) => revision)).toEqual([]);
  }, 120_000);
});
