import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { EmbeddedStore } from '../../src/adapters/store/embedded/embedded-store.js';
import { RedisStore } from '../../src/adapters/store/redis/redis-store.js';
import type { Edit } from '../../src/domain/documents.js';
import { guardSchema } from '../../src/domain/guard.js';
import { rolloutSchema } from '../../src/domain/rollout.js';
import type { Store } from '../../src/ports/store.js';
import { Redis } from '../support/redis.js';
import { commitOf, record } from './store-samples.js';

const ENV = 'production';
const ROUTE = { key: 'shop', new: 'v2', control: 'v1' };
const steps = [{ weight: 100_000, hold: 1 }];

const GUARD = guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', margin: 2 });

/** Documents as they were stored before a rollout could move several routes, and before guards had kinds. */
function oldRollout(key: string, route: unknown): Edit {
  const { routes: _, ...rest } = rolloutSchema.parse({ key, steps, salt: 's' });
  return { kind: 'rollout', key, value: { ...rest, route } } as unknown as Edit;
}
function oldGuard(): Edit {
  const later = new Set(['route', 'kind', 'latency', 'mean', 'burn', 'kOfN']);
  const value = Object.fromEntries(Object.entries(GUARD).filter(([name]) => !later.has(name)));
  return { kind: 'guard', key: 'g', value } as unknown as Edit;
}

const ending: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ending.toReversed()) await end();
});

async function redisStores(): Promise<() => Promise<Store>> {
  const redis = await Redis.start();
  ending.push(() => redis.stop());
  return async () => {
    const store = new RedisStore({ url: redis.url, mayInitialise: true });
    await store.open();
    return store;
  };
}

async function embeddedStores(): Promise<() => Promise<Store>> {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-old-'));
  ending.push(() => rm(path, { recursive: true }));
  return async () => {
    const store = new EmbeddedStore({ path, keepLog: 1_000_000 });
    await store.open();
    return store;
  };
}

const seen = ({ documents }: Awaited<ReturnType<Store['image']>>): unknown => ({
  one: documents.value('rollout', 'one'),
  none: documents.value('rollout', 'none')?.routes,
  guard: documents.value('guard', 'g'),
});
const TODAY = {
  one: rolloutSchema.parse({ key: 'one', steps, salt: 's', routes: [ROUTE] }),
  none: [],
  guard: GUARD,
};

describe.each([
  ['Redis', redisStores],
  ['embedded', embeddedStores],
])(
  'rollouts with one route and guards without kind, as an earlier version stored them in the %s store',
  (_name, prepare) => {
    it('are read in the form of today: as written, from the log, and after a restart', async () => {
      const open = await prepare();
      const first = await open();
      await first.createEnvironment(ENV, '', commitOf([]));
      const { epoch } = await first.image(ENV);
      const written = [oldRollout('one', ROUTE), oldRollout('none', null), oldGuard()];
      await first.commit(ENV, commitOf(written));
      expect(seen(await first.image(ENV))).toEqual(TODAY);
      const replayed = await record(first, ENV, { epoch, revision: 1 });
      expect(replayed.images.map(seen)).toEqual([TODAY]);
      await first.close();
      const second = await open();
      ending.push(() => second.close());
      expect(seen(await second.image(ENV))).toEqual(TODAY);
      const late = await record(second, ENV, { epoch, revision: 1 });
      expect(late.images.map(seen)).toEqual([TODAY]);
    });
  },
);
