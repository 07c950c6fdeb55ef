import { describe, expect, it } from '@jest/globals';
import { VERDICT_ID } from '../../src/domain/change.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { keepVerdict } from '../support/keep-verdict.js';
import { commitOf, flagEdit } from './store-samples.js';
import type { StoreGround } from './store-ground.js';

/** What every store promises of kept verdicts. */
export function describeVerdicts(ground: StoreGround): void {
  describe('verdicts', () => {
    it('are kept to the last bit, each with an id of its own, and listed newest first', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      const { revision } = await store.image(scope);
      const entries = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1 / 3].map((logE, index) => ({
        index,
        record: { logE, logs: [null, -logE] },
        words: 'errors 3× control "now"',
      }));
      const ids = await Promise.all(entries.map((entry) => keepVerdict(store, scope, 'errors', entry)));
      expect(new Set(ids).size).toBe(entries.length);
      for (const [index, id] of ids.entries())
        expect(await store.readVerdict(scope, id)).toEqual(entries[index]);
      const listed = await store.newestVerdicts(scope, 3);
      expect(listed).toHaveLength(3);
      const whole = await store.newestVerdicts(scope, 100);
      expect(whole.slice(0, 3)).toEqual(listed);
      const times = whole.map(({ id }) => Number(id.split('-')[0]));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(whole.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect((await store.image(scope)).revision).toBe(revision);
    });

    it('are kept with their commit, which names them, and not without it', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      const evidence = {
        verdict: VERDICT_ID,
        words: `said "${VERDICT_ID}", 3× control`,
        at: [1, VERDICT_ID],
      };
      const event = { kind: 'trip', subject: 'guard/errors', evidence } as const;
      const state = [{ key: 'guard/errors/flag/a', value: { trip: { at: 1, evidence } }, expected: 0 }];
      const commit = commitOf([flagEdit('a')], {
        event,
        state,
        verdict: { guard: 'errors', entry: { n: VERDICT_ID } },
        reason: VERDICT_ID,
      });
      await store.commit(scope, commit);
      const [kept] = await store.newestVerdicts(scope, 10);
      const named = { ...evidence, verdict: kept?.id, at: [1, kept?.id] };
      // What it was decided on is as it was given, and so are a person's words.
      expect(kept?.entry).toEqual({ n: VERDICT_ID });
      const [change] = (await store.history(scope, { limit: 1 })).changes;
      expect(change).toMatchObject({ event: { ...event, evidence: named }, reason: VERDICT_ID });
      const { states } = await store.image(scope);
      expect(states.get('guard/errors/flag/a')?.value).toEqual({ trip: { at: 1, evidence: named } });
      await expect(store.commit(scope, commit)).rejects.toMatchObject({ code: 'STALE_REVISION' });
      const lease = { name: 'control', token: 1 };
      const late = commitOf([], {
        state: [{ key: 'other', value: 1 }],
        verdict: { guard: 'errors', entry: {} },
      });
      await expect(store.commit(scope, { ...late, lease })).rejects.toMatchObject({ code: 'STALE_LEASE' });
      for (const guard of [undefined, 'errors'])
        expect((await store.newestVerdicts(scope, 10, guard)).map(({ id }) => id)).toEqual([kept?.id]);
    });

    it('of a request that is sent again are kept once', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      const commit = commitOf([flagEdit('a')], {
        verdict: { guard: 'errors', entry: {} },
        idempotency: { key: 'again', input: 'same' },
      });
      expect(await store.commit(scope, commit)).toMatchObject({ repeated: false });
      expect(await store.commit(scope, commit)).toMatchObject({ repeated: true });
      expect(await store.newestVerdicts(scope, 10)).toHaveLength(1);
    });

    it('of one guard are listed however many others came after them', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      const mine: string[] = [];
      for (const n of [1, 2, 3]) mine.unshift(await keepVerdict(store, scope, 'errors', { n }));
      for (let n = 0; n < 300; n += 1) await keepVerdict(store, scope, n % 2 ? 'errors-2' : 'error', { n });
      const listed = await store.newestVerdicts(scope, 10, 'errors');
      expect(listed).toEqual(mine.map((id, index) => ({ id, entry: { n: 3 - index } })));
      expect(await store.newestVerdicts(scope, 2, 'errors')).toEqual(listed.slice(0, 2));
      expect(await store.newestVerdicts(scope, 10, 'nobody')).toEqual([]);
      expect(await store.newestVerdicts(await ground.environment(), 10, 'errors')).toEqual([]);
    }, 30_000);

    it('of which nobody noted whose they are, are those before the first that was noted, and no others', async () => {
      const { store, harness } = ground;
      const [old, fresh] = [await ground.environment(), await ground.environment()];
      const now = await store.now();
      const unnamed = [3, 2, 1].map((n) => ({ id: `${now - n}-0`, entry: { n } })).toReversed();
      for (const { id, entry } of unnamed.toReversed()) await harness.keepUnnamed(old, id, entry);
      expect(await store.unnamedVerdicts(old, 10)).toEqual(unnamed);
      for (const scope of [old, fresh])
        for (let n = 0; n < 3; n += 1) await keepVerdict(store, scope, 'errors', { n });
      expect(await store.unnamedVerdicts(old, 10)).toEqual(unnamed);
      expect(await store.unnamedVerdicts(old, 2)).toEqual(unnamed.slice(0, 2));
      expect(await store.unnamedVerdicts(fresh, 10)).toEqual([]);
      expect(await store.newestVerdicts(old, 10, 'errors')).toHaveLength(3);
      expect(await store.newestVerdicts(old, 10)).toHaveLength(6);
    });

    it('are those of their environment alone, and an id that nobody gave has none', async () => {
      const [one, other] = [await ground.environment(), await ground.environment()];
      const { store } = ground;
      const id = await keepVerdict(store, one, 'errors', { of: one });
      expect(await store.newestVerdicts(other, 10)).toEqual([]);
      expect(await store.readVerdict(other, id)).toBeNull();
      for (const unknown of ['', '-', '1-0', 'x-y', '*', '99999999999999999999-0', `${id}9`, '+'])
        expect([unknown, await store.readVerdict(one, unknown)]).toEqual([unknown, null]);
      await expect(keepVerdict(store, 'nowhere', 'errors', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('go by age', async () => {
      const store = await ground.harness.withLog(300);
      await store.createEnvironment('short', 'of a test', commitOf([]));
      const id = await keepVerdict(store, 'short', 'errors', { first: true });
      await eventually(async () => expect(await store.readVerdict('short', id)).toBeNull(), 10_000, 50);
      const next = await keepVerdict(store, 'short', 'errors', { first: false });
      for (const guard of [undefined, 'errors'])
        expect(await store.newestVerdicts('short', 10, guard)).toEqual([
          { id: next, entry: { first: false } },
        ]);
    });
  });
}
