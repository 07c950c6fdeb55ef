import { describe, expect, it } from '@jest/globals';
import { REGISTRY } from '../../src/domain/image.js';
import { COUNT_WINDOW } from '../../src/ports/store.js';
import type { StoreGround } from './store-ground.js';
import { sampleFlag } from '../support/sample-documents.js';
import { commitOf, contentOf, flagEdit } from './store-samples.js';

/** What every store promises of history, environments, counts and leases. */
export function describeScopes(ground: StoreGround): void {
  describe('history', () => {
    it.each([1, 0, -3])('has nothing before change %i', async (before) => {
      const { store } = ground;
      const scope = await ground.environment();
      expect(await store.history(scope, { before, limit: 5 })).toEqual({ changes: [], more: false });
    });

    it('pages from the newest, and finds what concerns a document', async () => {
      const scope = await ground.environment();
      const event = { kind: 'trip', subject: 'guard/g', evidence: {} } as const;
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      await ground.store.commit(scope, commitOf([flagEdit('b')]));
      await ground.store.commit(
        scope,
        commitOf([flagEdit('a', { enabled: false })], { expected: { 'flag/a': 2 }, event }),
      );
      const first = await ground.store.history(scope, { limit: 2 });
      expect(first.changes.map(({ revision }) => revision)).toEqual([4, 3]);
      expect(first.more).toBe(true);
      const rest = await ground.store.history(scope, { before: 3, limit: 2 });
      expect(rest.changes.map(({ revision }) => revision)).toEqual([2, 1]);
      expect(rest.more).toBe(false);
      const [change, ...others] = (await ground.store.history(scope, { limit: 9, document: 'guard/g' }))
        .changes;
      expect(others).toEqual([]);
      expect(change).toMatchObject({ revision: 4, actor: 'token:ada', reason: 'a test', event });
      expect(change?.documents).toEqual([
        { kind: 'flag', key: 'a', before: sampleFlag('a'), after: sampleFlag('a', { enabled: false }) },
      ]);
      const ofFlag = await ground.store.history(scope, { limit: 1, document: 'flag/a' });
      expect([ofFlag.changes[0]?.revision, ofFlag.more]).toEqual([4, true]);
    });

    it('finds what a guard did under the document that it did it to, whatever the commit wrote', async () => {
      const scope = await ground.environment();
      const eventOf = (evidence: { readonly [name: string]: unknown }) =>
        ({ kind: 'trip', subject: 'guard/g', evidence }) as const;
      await ground.store.commit(scope, commitOf([], { event: eventOf({ of: 'rollout/r', step: 1 }) }));
      await ground.store.commit(
        scope,
        commitOf([], { event: eventOf({ of: 'route/x', aborted: 'rollout/r' }) }),
      );
      await ground.store.commit(scope, commitOf([], { event: eventOf({ of: 'rollout/r2' }) }));
      const found = async (document: string): Promise<number[]> =>
        (await ground.store.history(scope, { limit: 9, document })).changes.map(({ revision }) => revision);
      expect(await found('rollout/r')).toEqual([3, 2]);
      expect(await found('route/x')).toEqual([3]);
      expect(await found('guard/g')).toEqual([4, 3, 2]);
    });

    it('has the time of the store', async () => {
      const scope = await ground.environment();
      const before = await ground.store.now();
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      const after = await ground.store.now();
      const at = (await ground.store.history(scope, { limit: 1 })).changes[0]?.at ?? 0;
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(after);
    });
  });

  describe('environments', () => {
    it('are listed in the registry once their slot stands', async () => {
      await ground.store.createEnvironment('staging', 'before production', commitOf([flagEdit('a')]));
      const registry = await ground.store.image(REGISTRY);
      expect(registry.documents.value('environment', 'staging')).toEqual({
        key: 'staging',
        description: 'before production',
      });
      const image = await ground.store.image('staging');
      expect(image.revision).toBe(1);
      expect(image.documents.get('flag', 'a')?.revision).toBe(1);
      expect((await ground.store.history('staging', { limit: 5 })).changes).toHaveLength(1);
    });

    it('exist once', async () => {
      const idempotency = { key: 'k', input: 'i' };
      const commit = commitOf([], { idempotency });
      const results = await Promise.allSettled(
        [commit, commitOf([]), commitOf([])].map((each) => ground.store.createEnvironment('once', '', each)),
      );
      const made = results.filter(({ status }) => status === 'fulfilled');
      expect(made).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'DUPLICATE_KEY' });
      await ground.store.createEnvironment('again', '', commit);
      await expect(ground.store.createEnvironment('again', '', commit)).resolves.toMatchObject({
        revision: 1,
        repeated: true,
      });
    });

    it('are NOT_FOUND where they are not', async () => {
      const missing = { code: 'NOT_FOUND' };
      await expect(ground.store.image('nowhere')).rejects.toMatchObject(missing);
      await expect(ground.store.commit('nowhere', commitOf([]))).rejects.toMatchObject(missing);
      await expect(
        ground.store.watch('nowhere', null, { change: () => 0, reset: () => 0 }),
      ).rejects.toMatchObject(missing);
      await expect(
        ground.store.addCounts('nowhere', { client: 'c', sequence: 1, counts: [] }),
      ).rejects.toMatchObject(missing);
    });

    it('have nothing to do with one another', async () => {
      const [one, two] = [await ground.environment(), await ground.environment()];
      await ground.store.commit(one, commitOf([flagEdit('a')]));
      expect((await ground.store.image(two)).documents.get('flag', 'a')).toBeUndefined();
      expect((await ground.store.image(one)).epoch).not.toBe((await ground.store.image(two)).epoch);
    });
  });

  describe('counts', () => {
    it('add up by series and window, each batch once', async () => {
      const scope = await ground.environment();
      const from = Math.floor((await ground.store.now()) / COUNT_WINDOW);
      const counts = [
        { series: 's/1', count: 2, sum: 2.5 },
        { series: 's/2', count: 1, sum: -1 },
      ];
      expect(await ground.store.addCounts(scope, { client: 'one', sequence: 1, counts })).toBe(true);
      expect(await ground.store.addCounts(scope, { client: 'two', sequence: 1, counts })).toBe(true);
      expect(await ground.store.addCounts(scope, { client: 'one', sequence: 1, counts })).toBe(false);
      expect(await ground.store.addCounts(scope, { client: 'one', sequence: 3, counts })).toBe(true);
      expect(await ground.store.addCounts(scope, { client: 'one', sequence: 2, counts })).toBe(false);
      const to = Math.floor((await ground.store.now()) / COUNT_WINDOW);
      const windows = await ground.store.readCounts(scope, ['s/1', 's/2', 's/3'], from, to);
      const sum = (series: string): [number, number] =>
        [...windows.values()].reduce<[number, number]>(
          ([count, total], window) => [
            count + (window.get(series)?.count ?? 0),
            total + (window.get(series)?.sum ?? 0),
          ],
          [0, 0],
        );
      expect([sum('s/1'), sum('s/2'), sum('s/3')]).toEqual([
        [6, 7.5],
        [3, -3],
        [0, 0],
      ]);
      expect([...windows.values()].every((window) => !window.has('s/3'))).toBe(true);
      expect((await ground.store.readCounts(scope, ['s/1'], from - 9, from - 1)).size).toBe(0);
    });
  });

  describe('counts of nonsense', () => {
    it('are refused whole', async () => {
      const scope = await ground.environment();
      const from = Math.floor((await ground.store.now()) / COUNT_WINDOW);
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1e13]) {
        const counts = [
          { series: 's', count: 1, sum: 1 },
          { series: 't', count: 1, sum: bad },
        ];
        await expect(
          ground.store.addCounts(scope, { client: 'c', sequence: 1, counts }),
        ).rejects.toMatchObject({ code: 'INVALID_INPUT', field: 'counts' });
      }
      expect((await ground.store.readCounts(scope, ['s', 't'], from, from + 10)).size).toBe(0);
    });
  });

  describe('confirming that the store is empty', () => {
    it('has no effect while nothing is lost', async () => {
      const scope = await ground.environment();
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      const before = await ground.store.image(scope);
      await ground.store.confirmEmpty(scope);
      await ground.store.confirmEmpty();
      expect(contentOf(await ground.store.image(scope))).toEqual(contentOf(before));
      await expect(ground.store.confirmEmpty('nowhere')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('leases', () => {
    it('are held by one, whose token goes with its commits', async () => {
      const scope = await ground.environment();
      const token = (await ground.store.acquireLease(scope, 'control', 'one', 60_000)) ?? 0;
      expect(token).toBeGreaterThan(0);
      expect(await ground.store.acquireLease(scope, 'control', 'two', 60_000)).toBeNull();
      expect(await ground.store.acquireLease(scope, 'control', 'one', 60_000)).toBe(token);
      expect(await ground.store.acquireLease(scope, 'other', 'two', 60_000)).not.toBeNull();
      const lease = { name: 'control', token };
      await ground.store.commit(scope, commitOf([flagEdit('a')], { lease }));
      await ground.store.writeState(scope, { key: 'route/x', value: 1 }, lease);
      await ground.store.releaseLease(scope, 'control', 'two');
      expect(await ground.store.acquireLease(scope, 'control', 'two', 60_000)).toBeNull();
      await ground.store.releaseLease(scope, 'control', 'one');
      const next = (await ground.store.acquireLease(scope, 'control', 'two', 60_000)) ?? 0;
      expect(next).toBeGreaterThan(token);
      const stale = { code: 'STALE_LEASE' };
      await expect(ground.store.commit(scope, commitOf([flagEdit('b')], { lease }))).rejects.toMatchObject(
        stale,
      );
      await expect(ground.store.writeState(scope, { key: 'route/x', value: 2 }, lease)).rejects.toMatchObject(
        stale,
      );
      expect((await ground.store.image(scope)).states.get('route/x')?.value).toBe(1);
    });

    it('end by themselves; the same holder then gets a higher token too', async () => {
      const scope = await ground.environment();
      const token = (await ground.store.acquireLease(scope, 'control', 'one', 50)) ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 100));
      const again = (await ground.store.acquireLease(scope, 'control', 'one', 60_000)) ?? 0;
      expect(again).toBeGreaterThan(token);
    });

    it('that would live longer than any are free: the clock was set back since they were taken', async () => {
      const scope = await ground.environment();
      const token = (await ground.store.acquireLease(scope, 'control', 'gone', 3_600_000)) ?? 0;
      expect(await ground.store.acquireLease(scope, 'control', 'two', 1_800_000)).toBeNull();
      expect(await ground.store.acquireLease(scope, 'control', 'two', 5_000)).toBeGreaterThan(token);
      const lease = { name: 'control', token };
      await expect(ground.store.commit(scope, commitOf([flagEdit('a')], { lease }))).rejects.toMatchObject({
        code: 'STALE_LEASE',
      });
    });

    it('need a record: a made-up proof is refused', async () => {
      const scope = await ground.environment();
      const lease = { name: 'control', token: 1 };
      await expect(ground.store.commit(scope, commitOf([flagEdit('a')], { lease }))).rejects.toMatchObject({
        code: 'STALE_LEASE',
      });
    });
  });
}
