import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Committed } from '../../src/domain/change.js';
import { REGISTRY } from '../../src/domain/image.js';
import { Problem } from '../../src/domain/problem.js';
import { COUNT_WINDOW, type Store } from '../../src/ports/store.js';
import { commitOf, flagEdit, record, sampleFlag, sampleSegment, until } from './store-samples.js';

export interface StoreHarness {
  /** A store on the suite's data, opened; the same one each time where only one can be open. */
  readonly store: () => Promise<Store>;
  /** A store on data of its own that keeps its change log for `keepLog` ms. */
  readonly withLog: (keepLog: number) => Promise<Store>;
  readonly stop: () => Promise<void>;
}

/** What every store must do. `start` prepares a real one with nothing in it. */
export function describeStore(name: string, start: () => Promise<StoreHarness>): void {
  describe(`${name} store`, () => {
    let harness: StoreHarness;
    let store: Store;
    let count = 0;

    /** A new environment of its own for one test. */
    async function environment(): Promise<string> {
      count += 1;
      await store.createEnvironment(`env-${count}`, 'of a test', commitOf([]));
      return `env-${count}`;
    }

    beforeAll(async () => {
      harness = await start();
      store = await harness.store();
    });
    afterAll(() => harness.stop());

    describe('commit', () => {
      it('writes documents, takes one revision and shows it in the image', async () => {
        const scope = await environment();
        const before = await store.image(scope);
        const committed = await store.commit(scope, commitOf([flagEdit('a'), flagEdit('b')]));
        expect(committed).toEqual({ epoch: before.epoch, revision: 2, repeated: false });
        const image = await store.image(scope);
        expect(image).toMatchObject({ scope, epoch: before.epoch, revision: 2 });
        expect(image.documents.get('flag', 'a')).toEqual({
          kind: 'flag',
          key: 'a',
          revision: 2,
          value: sampleFlag('a'),
        });
        expect(before.documents.get('flag', 'a')).toBeUndefined();
      });

      it('keeps values exactly as they were given', async () => {
        const scope = await environment();
        const value = {
          empty: [],
          none: {},
          deep: [[], {}],
          text: 'é "\\ \u2028 😀',
          big: 9007199254740991,
          tiny: 1e-7,
          nil: null,
        };
        const flag = sampleFlag('x', { type: 'object', variants: { on: value, off: [] } });
        await store.commit(scope, commitOf([{ kind: 'flag', key: 'x', value: flag }]));
        await store.writeState(scope, { key: 'route/x', value });
        const { documents, states } = await store.image(scope);
        expect(documents.value('flag', 'x')).toEqual(flag);
        expect(states.get('route/x')).toEqual({ key: 'route/x', revision: 1, value });
        const { changes } = await store.history(scope, { limit: 1 });
        expect(changes[0]?.documents[0]?.after).toEqual(flag);
      });

      it('refuses what rests on an older document, shows the one that stands, and writes nothing of it', async () => {
        const scope = await environment();
        await store.commit(scope, commitOf([flagEdit('a')]));
        const stale = commitOf([flagEdit('b'), flagEdit('a', { enabled: false })], {
          state: [{ key: 'route/x', value: 1 }],
        });
        await expect(store.commit(scope, stale)).rejects.toMatchObject({
          code: 'STALE_REVISION',
          current: { kind: 'flag', key: 'a', revision: 2, value: sampleFlag('a') },
        });
        const gone = commitOf([flagEdit('c')], { expected: { 'flag/c': 7 } });
        await expect(store.commit(scope, gone)).rejects.toMatchObject({
          code: 'STALE_REVISION',
          current: null,
        });
        const image = await store.image(scope);
        expect(image.revision).toBe(2);
        expect(image.documents.get('flag', 'b')).toBeUndefined();
        expect(image.states.size).toBe(0);
        expect((await store.history(scope, { limit: 10 })).changes).toHaveLength(2);
      });

      it('refuses what rests on something that was read and has changed', async () => {
        const scope = await environment();
        await store.commit(scope, commitOf([{ kind: 'segment', key: 's', value: sampleSegment('s') }]));
        const { revision } = await store.commit(
          scope,
          commitOf([flagEdit('a')], { unchanged: { 'segment/s': 2, 'segment/t': 0 } }),
        );
        await store.commit(
          scope,
          commitOf([{ kind: 'segment', key: 's', value: null }], { expected: { 'segment/s': 2 } }),
        );
        const late = commitOf([flagEdit('b')], { unchanged: { 'segment/s': 2 } });
        await expect(store.commit(scope, late)).rejects.toMatchObject({
          code: 'STALE_REVISION',
          current: null,
        });
        expect((await store.image(scope)).revision).toBe(revision + 1);
      });

      it('takes no revision for state alone, one for an event alone', async () => {
        const scope = await environment();
        const state = await store.commit(scope, commitOf([], { state: [{ key: 'route/x', value: 1 }] }));
        expect(state.revision).toBe(1);
        const event = { kind: 'pause', subject: 'rollout/r', evidence: { by: 'hand' } } as const;
        const told = await store.commit(scope, commitOf([], { event }));
        expect(told.revision).toBe(2);
        const { changes } = await store.history(scope, { limit: 1 });
        expect(changes).toEqual([
          { revision: 2, at: expect.any(Number), actor: 'token:ada', reason: 'a test', documents: [], event },
        ]);
      });

      it('is bound to the epoch that it names', async () => {
        const scope = await environment();
        const bound = commitOf([flagEdit('a')], { epoch: 'another' });
        await expect(store.commit(scope, bound)).rejects.toMatchObject({ code: 'STALE_REVISION' });
        const { epoch } = await store.image(scope);
        await expect(store.commit(scope, { ...bound, epoch })).resolves.toMatchObject({ revision: 2 });
      });

      it('answers the same key and input with the first answer, and refuses another input', async () => {
        const scope = await environment();
        const once = commitOf([flagEdit('a')], { idempotency: { key: 'k', input: 'i' } });
        const first = await store.commit(scope, once);
        await store.commit(scope, commitOf([flagEdit('b')]));
        await expect(store.commit(scope, once)).resolves.toEqual({ ...first, repeated: true });
        await expect(
          store.commit(scope, { ...once, idempotency: { key: 'k', input: 'other' } }),
        ).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
        expect((await store.image(scope)).revision).toBe(3);
      });

      it('remembers no key of a commit that was refused', async () => {
        const scope = await environment();
        const idempotency = { key: 'k', input: 'i' };
        const stale = commitOf([flagEdit('a')], { expected: { 'flag/a': 9 }, idempotency });
        await expect(store.commit(scope, stale)).rejects.toMatchObject({ code: 'STALE_REVISION' });
        const good = commitOf([flagEdit('a')], { idempotency });
        await expect(store.commit(scope, good)).resolves.toMatchObject({ revision: 2, repeated: false });
      });

      it('lets one of many concurrent writers win each round, and loses nothing', async () => {
        const scope = await environment();
        await store.commit(scope, commitOf([flagEdit('n', { description: '0' })]));
        let stale = 0;
        async function writer(): Promise<void> {
          for (let done = 0; done < 8;) {
            const stands = (await store.image(scope)).documents.get('flag', 'n');
            const next = flagEdit('n', { description: String(Number(stands?.value.description) + 1) });
            try {
              await store.commit(scope, commitOf([next], { expected: { 'flag/n': stands?.revision ?? 0 } }));
              done += 1;
            } catch (error) {
              expect(error).toMatchObject({ code: 'STALE_REVISION' });
              const current = (error as Problem).current as { revision: number };
              expect(current.revision).toBeGreaterThan(stands?.revision ?? 0);
              stale += 1;
            }
          }
        }
        await Promise.all(Array.from({ length: 16 }, writer));
        const image = await store.image(scope);
        expect(image.documents.value('flag', 'n')?.description).toBe('128');
        expect(image.revision).toBe(2 + 128);
        expect(stale).toBeGreaterThan(0);
      });
    });

    describe('state', () => {
      it('has its own revision, compared and set', async () => {
        const scope = await environment();
        const key = 'route/x';
        await expect(store.writeState(scope, { key, value: { n: 1 }, expected: 0 })).resolves.toEqual({
          key,
          revision: 1,
          value: { n: 1 },
        });
        await store.writeState(scope, { key, value: { n: 2 }, expected: 1 });
        await expect(store.writeState(scope, { key, value: { n: 3 }, expected: 1 })).rejects.toMatchObject({
          code: 'STALE_REVISION',
          current: { key, revision: 2, value: { n: 2 } },
        });
        await expect(store.readState(scope, key)).resolves.toEqual({ key, revision: 2, value: { n: 2 } });
        expect((await store.image(scope)).revision).toBe(1);
        await expect(store.writeState(scope, { key, value: null, expected: 2 })).resolves.toBeNull();
        await expect(store.readState(scope, key)).resolves.toBeNull();
        expect((await store.image(scope)).states.has(key)).toBe(false);
      });

      it('stands or falls with the commit it is part of', async () => {
        const scope = await environment();
        await store.writeState(scope, { key: 'rollout/r', value: 1 });
        const late = commitOf([flagEdit('a')], { state: [{ key: 'rollout/r', value: 2, expected: 0 }] });
        await expect(store.commit(scope, late)).rejects.toMatchObject({
          code: 'STALE_REVISION',
          current: { key: 'rollout/r', revision: 1, value: 1 },
        });
        await store.commit(scope, { ...late, state: [{ key: 'rollout/r', value: 2, expected: 1 }] });
        const image = await store.image(scope);
        expect(image.revision).toBe(2);
        expect(image.states.get('rollout/r')).toEqual({ key: 'rollout/r', revision: 2, value: 2 });
      });
    });

    describe('watch', () => {
      it('starts with everything, then tells each change with the image after it', async () => {
        const scope = await environment();
        const told = await record(store, scope, null);
        expect(told.resets).toHaveLength(1);
        await store.commit(scope, commitOf([flagEdit('a')]));
        await store.commit(scope, commitOf([flagEdit('b')]));
        await until('both', () => told.changes.length === 2);
        expect(told.revisions).toEqual([2, 3]);
        expect(told.images.map((image) => image.documents.list('flag').length)).toEqual([1, 2]);
      });

      it('goes on from a cursor, with the documents as they were then', async () => {
        const scope = await environment();
        const { epoch } = await store.image(scope);
        for (const [index, enabled] of [true, false, true].entries())
          await store.commit(
            scope,
            commitOf([flagEdit('a', { enabled })], { expected: { 'flag/a': index === 0 ? 0 : index + 1 } }),
          );
        await store.commit(
          scope,
          commitOf([{ kind: 'flag', key: 'a', value: null }], { expected: { 'flag/a': 4 } }),
        );
        const told = await record(store, scope, { epoch, revision: 2 });
        expect(told.resets).toEqual([]);
        expect(told.revisions).toEqual([3, 4, 5]);
        expect(told.images.map((image) => image.documents.get('flag', 'a'))).toEqual([
          { kind: 'flag', key: 'a', revision: 3, value: sampleFlag('a', { enabled: false }) },
          { kind: 'flag', key: 'a', revision: 4, value: sampleFlag('a') },
          undefined,
        ]);
        expect(told.image).toEqual(await store.image(scope));
      });

      it('replays what was written before this store was opened', async () => {
        const scope = await environment();
        const { epoch } = await store.image(scope);
        for (const key of ['a', 'b', 'c']) await store.commit(scope, commitOf([flagEdit(key)]));
        const other = await harness.store();
        const told = await record(other, scope, { epoch, revision: 1 });
        expect(told.revisions).toEqual([2, 3, 4]);
        expect(told.images.map((image) => image.documents.list('flag').length)).toEqual([1, 2, 3]);
      });

      it('tells nothing at once to who is up to date', async () => {
        const scope = await environment();
        const { epoch, revision } = await store.image(scope);
        const told = await record(store, scope, { epoch, revision });
        expect([told.resets, told.changes]).toEqual([[], []]);
        await store.commit(scope, commitOf([flagEdit('a')]));
        await until('the change', () => told.revisions.join() === '2');
      });

      it('leaves no gap and tells nothing twice, whenever a watcher joins', async () => {
        const scope = await environment();
        const { epoch } = await store.image(scope);
        const joined: Promise<Awaited<ReturnType<typeof record>>>[] = [];
        const writes: Promise<Committed>[] = [];
        for (let n = 0; n < 40; n += 1) {
          writes.push(store.commit(scope, commitOf([flagEdit(`f${n}`)])));
          if (n % 2 === 0) joined.push(record(store, scope, { epoch, revision: 1 }));
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
        const scope = await environment();
        await store.commit(scope, commitOf([flagEdit('a')]));
        const told = await record(store, scope, { epoch: 'another', revision: 2 });
        expect(told.resets.map(({ revision }) => revision)).toEqual([2]);
      });

      it('begins a new epoch for a cursor that is ahead: changes were lost', async () => {
        const scope = await environment();
        const { epoch } = await store.image(scope);
        const present = await record(store, scope, null);
        const token = await store.acquireLease(scope, 'control', 'me', 60_000);
        const told = await record(store, scope, { epoch, revision: 99 });
        expect(told.resets).toHaveLength(1);
        expect(told.image?.epoch).not.toBe(epoch);
        expect(present.image?.epoch).toBe(told.image?.epoch);
        await expect(store.commit(scope, commitOf([flagEdit('a')], { epoch }))).rejects.toMatchObject({
          code: 'STALE_REVISION',
        });
        const lease = { name: 'control', token: token ?? 0 };
        await expect(store.commit(scope, commitOf([flagEdit('a')], { lease }))).rejects.toMatchObject({
          code: 'STALE_LEASE',
        });
        expect(await store.acquireLease(scope, 'control', 'me', 60_000)).toBeGreaterThan(lease.token);
      });

      it('wakes for state', async () => {
        const scope = await environment();
        const told = await record(store, scope, null);
        await store.writeState(scope, { key: 'route/x', value: 5 });
        await store.commit(scope, commitOf([], { state: [{ key: 'rollout/r', value: 6 }] }));
        await until('both keys', () => told.stateKeys.length >= 2);
        expect(new Set(told.stateKeys)).toEqual(new Set(['route/x', 'rollout/r']));
        expect(told.image?.states.get('rollout/r')?.value).toBe(6);
      });

      it('stops when told to, and survives a watcher that throws', async () => {
        const scope = await environment();
        await store.watch(scope, null, {
          change: () => {
            throw new Error('of the test');
          },
          reset: () => undefined,
        });
        const told = await record(store, scope, null);
        const seen: number[] = [];
        const stop = await store.watch(scope, null, {
          change: ({ revision }) => seen.push(revision),
          reset: () => undefined,
        });
        await store.commit(scope, commitOf([flagEdit('a')]));
        stop();
        await store.commit(scope, commitOf([flagEdit('b')]));
        await until('both', () => told.changes.length === 2);
        expect(seen).toEqual([2]);
      });

      it('resets who is older than the log, which is trimmed by age', async () => {
        const short = await harness.withLog(1_000);
        await short.createEnvironment('trimmed', '', commitOf([]));
        const { epoch } = await short.image('trimmed');
        for (const key of ['a', 'b', 'c']) await short.commit('trimmed', commitOf([flagEdit(key)]));
        const before = await short.history('trimmed', { limit: 10 });
        expect(before.changes).toHaveLength(4);
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        for (const key of ['d', 'e', 'f']) await short.commit('trimmed', commitOf([flagEdit(key)]));
        const { changes } = await short.history('trimmed', { limit: 10 });
        expect(changes.map(({ revision }) => revision)).toEqual([7, 6, 5]);
        const other = await harness.withLog(1_000);
        const told = await record(other, 'trimmed', { epoch, revision: 2 });
        if (other !== short) expect(told.resets.map(({ revision }) => revision)).toEqual([7]);
        expect(told.image?.documents.list('flag')).toHaveLength(6);
      });
    });

    describe('history', () => {
      it('pages from the newest, and finds what concerns a document', async () => {
        const scope = await environment();
        const event = { kind: 'trip', subject: 'guard/g', evidence: {} } as const;
        await store.commit(scope, commitOf([flagEdit('a')]));
        await store.commit(scope, commitOf([flagEdit('b')]));
        await store.commit(
          scope,
          commitOf([flagEdit('a', { enabled: false })], { expected: { 'flag/a': 2 }, event }),
        );
        const first = await store.history(scope, { limit: 2 });
        expect(first.changes.map(({ revision }) => revision)).toEqual([4, 3]);
        expect(first.more).toBe(true);
        const rest = await store.history(scope, { before: 3, limit: 2 });
        expect(rest.changes.map(({ revision }) => revision)).toEqual([2, 1]);
        expect(rest.more).toBe(false);
        const [change, ...others] = (await store.history(scope, { limit: 9, document: 'guard/g' })).changes;
        expect(others).toEqual([]);
        expect(change).toMatchObject({ revision: 4, actor: 'token:ada', reason: 'a test', event });
        expect(change?.documents).toEqual([
          { kind: 'flag', key: 'a', before: sampleFlag('a'), after: sampleFlag('a', { enabled: false }) },
        ]);
        const ofFlag = await store.history(scope, { limit: 1, document: 'flag/a' });
        expect([ofFlag.changes[0]?.revision, ofFlag.more]).toEqual([4, true]);
      });

      it('has the time of the store', async () => {
        const scope = await environment();
        const before = await store.now();
        await store.commit(scope, commitOf([flagEdit('a')]));
        const after = await store.now();
        const at = (await store.history(scope, { limit: 1 })).changes[0]?.at ?? 0;
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(after);
      });
    });

    describe('environments', () => {
      it('are listed in the registry once their slot stands', async () => {
        await store.createEnvironment('staging', 'before production', commitOf([flagEdit('a')]));
        const registry = await store.image(REGISTRY);
        expect(registry.documents.value('environment', 'staging')).toEqual({
          key: 'staging',
          description: 'before production',
        });
        const image = await store.image('staging');
        expect(image.revision).toBe(1);
        expect(image.documents.get('flag', 'a')?.revision).toBe(1);
        expect((await store.history('staging', { limit: 5 })).changes).toHaveLength(1);
      });

      it('exist once', async () => {
        const idempotency = { key: 'k', input: 'i' };
        const commit = commitOf([], { idempotency });
        const results = await Promise.allSettled(
          [commit, commitOf([]), commitOf([])].map((each) => store.createEnvironment('once', '', each)),
        );
        const made = results.filter(({ status }) => status === 'fulfilled');
        expect(made).toHaveLength(1);
        for (const result of results)
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'DUPLICATE_KEY' });
        await store.createEnvironment('again', '', commit);
        await expect(store.createEnvironment('again', '', commit)).resolves.toMatchObject({
          revision: 1,
          repeated: true,
        });
      });

      it('are NOT_FOUND where they are not', async () => {
        const missing = { code: 'NOT_FOUND' };
        await expect(store.image('nowhere')).rejects.toMatchObject(missing);
        await expect(store.commit('nowhere', commitOf([]))).rejects.toMatchObject(missing);
        await expect(store.watch('nowhere', null, { change: () => 0, reset: () => 0 })).rejects.toMatchObject(
          missing,
        );
        await expect(
          store.addCounts('nowhere', { client: 'c', sequence: 1, counts: [] }),
        ).rejects.toMatchObject(missing);
      });

      it('have nothing to do with one another', async () => {
        const [one, two] = [await environment(), await environment()];
        await store.commit(one, commitOf([flagEdit('a')]));
        expect((await store.image(two)).documents.get('flag', 'a')).toBeUndefined();
        expect((await store.image(one)).epoch).not.toBe((await store.image(two)).epoch);
      });
    });

    describe('counts', () => {
      it('add up by series and window, each batch once', async () => {
        const scope = await environment();
        const from = Math.floor((await store.now()) / COUNT_WINDOW);
        const counts = [
          { series: 's/1', count: 2, sum: 2.5 },
          { series: 's/2', count: 1, sum: -1 },
        ];
        expect(await store.addCounts(scope, { client: 'one', sequence: 1, counts })).toBe(true);
        expect(await store.addCounts(scope, { client: 'two', sequence: 1, counts })).toBe(true);
        expect(await store.addCounts(scope, { client: 'one', sequence: 1, counts })).toBe(false);
        expect(await store.addCounts(scope, { client: 'one', sequence: 3, counts })).toBe(true);
        expect(await store.addCounts(scope, { client: 'one', sequence: 2, counts })).toBe(false);
        const to = Math.floor((await store.now()) / COUNT_WINDOW);
        const windows = await store.readCounts(scope, ['s/1', 's/2', 's/3'], from, to);
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
        expect((await store.readCounts(scope, ['s/1'], from - 9, from - 1)).size).toBe(0);
      });
    });

    describe('leases', () => {
      it('are held by one, whose token goes with its commits', async () => {
        const scope = await environment();
        const token = (await store.acquireLease(scope, 'control', 'one', 60_000)) ?? 0;
        expect(token).toBeGreaterThan(0);
        expect(await store.acquireLease(scope, 'control', 'two', 60_000)).toBeNull();
        expect(await store.acquireLease(scope, 'control', 'one', 60_000)).toBe(token);
        expect(await store.acquireLease(scope, 'other', 'two', 60_000)).not.toBeNull();
        const lease = { name: 'control', token };
        await store.commit(scope, commitOf([flagEdit('a')], { lease }));
        await store.writeState(scope, { key: 'route/x', value: 1 }, lease);
        await store.releaseLease(scope, 'control', 'two');
        expect(await store.acquireLease(scope, 'control', 'two', 60_000)).toBeNull();
        await store.releaseLease(scope, 'control', 'one');
        const next = (await store.acquireLease(scope, 'control', 'two', 60_000)) ?? 0;
        expect(next).toBeGreaterThan(token);
        const stale = { code: 'STALE_LEASE' };
        await expect(store.commit(scope, commitOf([flagEdit('b')], { lease }))).rejects.toMatchObject(stale);
        await expect(store.writeState(scope, { key: 'route/x', value: 2 }, lease)).rejects.toMatchObject(
          stale,
        );
        expect((await store.image(scope)).states.get('route/x')?.value).toBe(1);
      });

      it('end by themselves; the same holder then gets a higher token too', async () => {
        const scope = await environment();
        const token = (await store.acquireLease(scope, 'control', 'one', 50)) ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 100));
        const again = (await store.acquireLease(scope, 'control', 'one', 60_000)) ?? 0;
        expect(again).toBeGreaterThan(token);
      });

      it('need a record: a made-up proof is refused', async () => {
        const scope = await environment();
        const lease = { name: 'control', token: 1 };
        await expect(store.commit(scope, commitOf([flagEdit('a')], { lease }))).rejects.toMatchObject({
          code: 'STALE_LEASE',
        });
      });
    });
  });
}
