import { afterEach, describe, expect, it } from '@jest/globals';
import type { Route } from '@tidegate/sdk/engine';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import type { Edit } from '../../src/domain/documents.js';
import { guardSchema } from '../../src/domain/guard.js';
import { stateKey } from '../../src/domain/image.js';
import { rolloutSchema } from '../../src/domain/rollout.js';
import { Redis } from '../support/redis.js';
import { Relay } from '../support/relay.js';
import { sampleFlag } from '../support/sample-documents.js';
import { commitOf, contentOf, flagEdit, record, until } from './store-samples.js';

const ENV = 'production';
const OWNED = {
  id: 'rollout:r:split',
  condition: { all: [] },
  serve: { variant: 'on' },
};
const RUNNING = {
  run: 1,
  step: 1,
  state: 'running',
  held: 0,
  heldAt: null,
  stepStartedAt: 1,
  startedAt: 1,
  waiting: '',
};
const ABORTED = { ...RUNNING, state: 'aborted' };
const LATCH = { state: 'tripped', run: 1, trip: { at: 1, evidence: { why: 'of a test' } } };
const LATCH_KEY = stateKey.guard('g', 'rollout/r');

const ROUTE: Route = {
  key: 'checkout',
  description: '',
  service: 'checkout.shop.svc.cluster.local',
  port: 80,
  gateways: [],
  mesh: true,
  versions: { v1: { version: 'v1' }, v2: { version: 'v2' } },
  salt: 's',
  bucketBy: ['targetingKey'],
  rules: [],
  default: 'v1',
  closed: null,
};

function rolling(change: Parameters<typeof sampleFlag>[1] = {}): Edit {
  return flagEdit('rolling', { rules: [OWNED] as never, ...change });
}

const START = commitOf([
  rolling(),
  flagEdit('off-later'),
  flagEdit('off-already', { enabled: false }),
  flagEdit('on-later', { enabled: false }),
  flagEdit('renamed'),
  { kind: 'route', key: 'checkout', value: ROUTE },
  {
    kind: 'rollout',
    key: 'r',
    value: rolloutSchema.parse({
      key: 'r',
      flag: { key: 'rolling', new: 'on', control: 'off' },
      steps: [{ weight: 100_000, hold: 1 }],
      salt: 's',
    }),
  },
  { kind: 'guard', key: 'g', value: guardSchema.parse({ key: 'g', source: 'prometheus' }) },
]);

describe('what is written again when Redis has lost changes', () => {
  const ending: (() => Promise<void>)[] = [];

  async function open(url: string): Promise<RedisStore> {
    const store = new RedisStore({ url, mayInitialise: true });
    ending.push(() => store.close());
    await store.open();
    return store;
  }

  /** A Redis with a backup made in the middle of a rollout, before all of what follows is known to the store. */
  async function lossy(): Promise<{ redis: Redis; store: RedisStore }> {
    const redis = await Redis.start();
    ending.push(() => redis.stop());
    const store = await open(redis.url);
    await store.createEnvironment(ENV, '', START);
    await store.commit(ENV, commitOf([], { state: [{ key: stateKey.rollout('r'), value: RUNNING }] }));
    await redis.backUp();
    const expected = {
      'flag/rolling': 1,
      'flag/off-later': 1,
      'flag/on-later': 1,
      'flag/renamed': 1,
      'route/checkout': 1,
    } as const;
    await store.commit(
      ENV,
      commitOf(
        [
          rolling({ enabled: false, rules: [] }),
          flagEdit('off-later', { enabled: false, description: 'lost words' }),
          flagEdit('on-later'),
          flagEdit('renamed', { description: 'lost words' }),
          flagEdit('lost', { enabled: false }),
          { kind: 'route', key: 'checkout', value: { ...ROUTE, closed: 'v1' } },
        ],
        {
          expected,
          state: [
            { key: stateKey.rollout('r'), value: ABORTED },
            { key: LATCH_KEY, value: LATCH },
          ],
        },
      ),
    );
    return { redis, store };
  }

  afterEach(async () => {
    for (const end of ending.splice(0).toReversed()) await end();
  });

  function scheduled(key: string, status: string): { key: string; value: unknown } {
    const value = {
      key,
      changes: [],
      applyAt: 1,
      within: 60,
      scheduledAt: 1,
      status,
      endedAt: 2,
      errors: [],
    };
    return { key: stateKey.schedule(key), value };
  }

  it('is that scheduled changes are over, so that none is written twice', async () => {
    const redis = await Redis.start();
    ending.push(() => redis.stop());
    const store = await open(redis.url);
    await store.createEnvironment(ENV, '', START);
    const all = (['applied', 'cancelled', 'pending'] as const).map((end) => ({ key: `to-be-${end}`, end }));
    const pending = all.map(({ key }) => scheduled(key, 'pending'));
    await store.commit(ENV, commitOf([], { state: pending }));
    await redis.backUp();
    const before = (await store.image(ENV)).states;
    const ended = all.map(({ key, end }) => ({
      ...scheduled(key, end),
      expected: before.get(stateKey.schedule(key))?.revision ?? 0,
    }));
    await store.commit(
      ENV,
      commitOf([], { state: ended, event: { kind: 'apply', subject: 'settings/environment', evidence: {} } }),
    );
    const told = await record(store, ENV, null);
    await redis.restore();
    await until('the reset', () => told.resets.length === 2);
    const { states } = await store.image(ENV);
    const now = all.map(({ key }) => states.get(stateKey.schedule(key))?.value);
    expect(now).toMatchObject([{ status: 'missed' }, { status: 'cancelled' }, { status: 'pending' }]);
    const { changes } = await store.history(ENV, { limit: 1 });
    expect(changes[0]?.event?.kind).toBe('rollback');
  }, 60_000);

  async function expectSafe(store: RedisStore): Promise<void> {
    const { documents, states } = await store.image(ENV);
    expect(documents.value('flag', 'rolling')).toEqual(sampleFlag('rolling', { enabled: false, rules: [] }));
    expect(documents.value('flag', 'off-later')).toEqual(sampleFlag('off-later', { enabled: false }));
    expect(documents.value('flag', 'on-later')?.enabled).toBe(false);
    expect(documents.value('flag', 'renamed')?.description).toBe('');
    expect(documents.get('flag', 'lost')).toBeUndefined();
    expect(documents.value('route', 'checkout')).toEqual({ ...ROUTE, closed: 'v1' });
    expect(states.get(stateKey.rollout('r'))?.value).toEqual(ABORTED);
    expect(states.get(LATCH_KEY)?.value).toEqual(LATCH);
    const { changes } = await store.history(ENV, { limit: 9 });
    expect(changes.map(({ actor }) => actor)).toEqual(['system:rollback', 'token:ada']);
    expect(changes[0]?.event?.kind).toBe('rollback');
    expect(changes[0]?.documents.map(({ key }) => key).toSorted()).toEqual([
      'checkout',
      'off-later',
      'rolling',
    ]);
  }

  it('is what was off, closed, aborted or latched, and nothing else', async () => {
    const { redis, store } = await lossy();
    const before = await store.image(ENV);
    const told = await record(store, ENV, null);
    await redis.restore();
    await until('the reset', () => told.resets.length === 2);
    expect(told.image?.epoch).not.toBe(before.epoch);
    await expectSafe(store);
  }, 60_000);

  it('comes from whoever remembers, when one that does not was there first, and spares what was decided since', async () => {
    const { redis, store: writer } = await lossy();
    const relay = await Relay.to(redis.port);
    ending.push(() => relay.close());
    const known = await open(`redis://127.0.0.1:${relay.port}`);
    await writer.close();
    relay.cut();
    await until('the cut', () => !known.connected);
    await redis.restore();
    const first = await open(redis.url);
    expect((await first.image(ENV)).revision).toBe(1);
    const anew = flagEdit('off-later', { description: 'decided anew' });
    await first.commit(ENV, commitOf([anew], { expected: { 'flag/off-later': 1 } }));
    relay.mend();
    await until('the rollback', async () => (await first.image(ENV)).revision === 3);
    const { documents, states, epoch } = await first.image(ENV);
    expect(documents.value('flag', 'off-later')).toEqual(anew.value);
    expect(documents.value('flag', 'rolling')?.enabled).toBe(false);
    expect(documents.value('route', 'checkout')?.closed).toBe('v1');
    expect(states.get(LATCH_KEY)?.value).toEqual(LATCH);
    await until('the other to be back', () => known.connected);
    expect(contentOf(await known.image(ENV))).toEqual(contentOf(await first.image(ENV)));
    const change = (await first.history(ENV, { limit: 1 })).changes[0];
    expect(change?.documents.map(({ key }) => key)).toEqual(['rolling', 'checkout']);

    await redis.restart();
    await until('the next epoch', async () => (await first.image(ENV)).epoch !== epoch);
    expect((await first.image(ENV)).revision).toBe(3);
  }, 60_000);
});
