import { describe, expect, it } from '@jest/globals';
import type { Committed } from '../../src/domain/change.js';
import type { StoreGround } from './store-ground.js';
import { sampleFlag } from '../support/sample-documents.js';
import { commitOf, contentOf, flagEdit, record, until } from './store-samples.js';

/** What every store promises of watching. */
export function describeWatching(ground: StoreGround): void {
  describe('watch', () => {
    it('starts with everything, then tells each change with the image after it', async () => {
      const scope = await ground.environment();
      const told = await record(ground.store, scope, null);
      expect(told.resets).toHaveLength(1);
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      await ground.store.commit(scope, commitOf([flagEdit('b')]));
      await until('both', () => told.changes.length === 2);
      expect(told.revisions).toEqual([2, 3]);
      expect(told.images.map((image) => image.documents.list('flag').length)).toEqual([1, 2]);
    });

    it('goes on from a cursor, with the documents as they were then', async () => {
      const scope = await ground.environment();
      const { epoch } = await ground.store.image(scope);
      for (const [index, enabled] of [true, false, true].entries())
        await ground.store.commit(
          scope,
          commitOf([flagEdit('a', { enabled })], { expected: { 'flag/a': index === 0 ? 0 : index + 1 } }),
        );
      await ground.store.commit(
        scope,
        commitOf([{ kind: 'flag', key: 'a', value: null }], { expected: { 'flag/a': 4 } }),
      );
      const told = await record(ground.store, scope, { epoch, revision: 2 });
      expect(told.resets).toEqual([]);
      expect(told.revisions).toEqual([3, 4, 5]);
      expect(told.images.map((image) => image.documents.get('flag', 'a'))).toEqual([
        { kind: 'flag', key: 'a', revision: 3, value: sampleFlag('a', { enabled: false }) },
        { kind: 'flag', key: 'a', revision: 4, value: sampleFlag('a') },
        undefined,
      ]);
      expect(told.image && contentOf(told.image)).toEqual(contentOf(await ground.store.image(scope)));
    });

    it('replays what was written before this store was opened', async () => {
      const scope = await ground.environment();
      const { epoch } = await ground.store.image(scope);
      for (const key of ['a', 'b', 'c']) await ground.store.commit(scope, commitOf([flagEdit(key)]));
      const other = await ground.harness.store();
      const told = await record(other, scope, { epoch, revision: 1 });
      expect(told.revisions).toEqual([2, 3, 4]);
      expect(told.images.map((image) => image.documents.list('flag').length)).toEqual([1, 2, 3]);
    });

    it('tells nothing at once to who is up to date', async () => {
      const scope = await ground.environment();
      const { epoch, revision } = await ground.store.image(scope);
      const told = await record(ground.store, scope, { epoch, revision });
      expect([told.resets, told.changes]).toEqual([[], []]);
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      await until('the change', () => told.revisions.join() === '2');
    });

    it('leaves no gap and tells nothing twice, whenever a watcher joins', async () => {
      const scope = await ground.environment();
      const { epoch } = await ground.store.image(scope);
      const joined: Promise<Awaited<ReturnType<typeof record>>>[] = [];
      const writes: Promise<Committed>[] = [];
      for (let n = 0; n < 40; n += 1) {
        writes.push(ground.store.commit(scope, commitOf([flagEdit(`f${n}`)])));
        if (n % 2 === 0) joined.push(record(ground.store, scope, { epoch, revision: 1 }));
        await new Promise((resolve) => setTimeout(resolve, n % 3));
      }
      const recorders = await Promise.all(joined);
      await Promise.all(writes);
      const all = Array.from({ length: 40 }, (_, n) => n + 2);
      for (const told of recorders) {
        await until('all of them', () => told.changes.length >= 40);
        expect(told.revisions).toEqual(all);
        expect(told.resets).toEqual([]);
      }
    });

    it('resets who stands in another epoch', async () => {
      const scope = await ground.environment();
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      const told = await record(ground.store, scope, { epoch: 'another', revision: 2 });
      expect(told.resets.map(({ revision }) => revision)).toEqual([2]);
    });

    it('resets who claims to stand ahead, and nobody else: revisions and leases stay good', async () => {
      const scope = await ground.environment();
      const { epoch, revision } = await ground.store.image(scope);
      const present = await record(ground.store, scope, null);
      const token = await ground.store.acquireLease(scope, 'control', 'me', 60_000);
      for (const ahead of [revision + 1, 999_999_999]) {
        const told = await record(ground.store, scope, { epoch, revision: ahead });
        expect(told.resets.map((image) => [image.epoch, image.revision])).toEqual([[epoch, revision]]);
      }
      const lease = { name: 'control', token: token ?? 0 };
      await ground.store.commit(scope, commitOf([flagEdit('a')], { epoch, lease }));
      await until('the change', () => present.revisions.includes(revision + 1));
      expect(present.resets).toHaveLength(1);
    });

    it('wakes for state', async () => {
      const scope = await ground.environment();
      const told = await record(ground.store, scope, null);
      await ground.store.writeState(scope, { key: 'route/x', value: 5 });
      await ground.store.commit(scope, commitOf([], { state: [{ key: 'rollout/r', value: 6 }] }));
      await until('both keys', () => told.stateKeys.length >= 2);
      expect(new Set(told.stateKeys)).toEqual(new Set(['route/x', 'rollout/r']));
      expect(told.image?.states.get('rollout/r')?.value).toBe(6);
    });

    it('stops when told to, and survives a watcher that throws', async () => {
      const scope = await ground.environment();
      await ground.store.watch(scope, null, {
        change: () => {
          throw new Error('of the test');
        },
        reset: () => undefined,
      });
      const told = await record(ground.store, scope, null);
      const seen: number[] = [];
      const stop = await ground.store.watch(scope, null, {
        change: ({ revision }) => seen.push(revision),
        reset: () => undefined,
      });
      await ground.store.commit(scope, commitOf([flagEdit('a')]));
      stop();
      await ground.store.commit(scope, commitOf([flagEdit('b')]));
      await until('both', () => told.changes.length === 2);
      expect(seen).toEqual([2]);
    });

    it('resets who is older than the log, which is trimmed by age', async () => {
      const short = await ground.harness.withLog(1_000);
      await short.createEnvironment('trimmed', '', commitOf([]));
      const { epoch } = await short.image('trimmed');
      for (const key of ['a', 'b', 'c']) await short.commit('trimmed', commitOf([flagEdit(key)]));
      const before = await short.history('trimmed', { limit: 10 });
      expect(before.changes).toHaveLength(4);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      for (const key of ['d', 'e', 'f']) await short.commit('trimmed', commitOf([flagEdit(key)]));
      const { changes } = await short.history('trimmed', { limit: 10 });
      expect(changes.map(({ revision }) => revision)).toEqual([7, 6, 5]);
      const other = await ground.harness.withLog(1_000);
      const told = await record(other, 'trimmed', { epoch, revision: 2 });
      if (other !== short) expect(told.resets.map(({ revision }) => revision)).toEqual([7]);
      expect(told.image?.documents.list('flag')).toHaveLength(6);
    });
  });
}
