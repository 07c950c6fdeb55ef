import { describe, expect, it } from '@jest/globals';
import { eventually } from '../mesh/testbed/eventually.js';
import { commitOf } from './store-samples.js';
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
      const ids = await Promise.all(entries.map((entry) => store.keepVerdict(scope, 'errors', entry)));
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

    it('of one guard are listed however many others came after them', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      const mine: string[] = [];
      for (const n of [1, 2, 3]) mine.unshift(await store.keepVerdict(scope, 'errors', { n }));
      await Promise.all(
        Array.from({ length: 1_200 }, (_, n) =>
          store.keepVerdict(scope, n % 2 ? 'errors-2' : 'error', { n }),
        ),
      );
      const listed = await store.newestVerdicts(scope, 10, 'errors');
      expect(listed).toEqual(mine.map((id, index) => ({ id, entry: { n: 3 - index } })));
      expect(await store.newestVerdicts(scope, 2, 'errors')).toEqual(listed.slice(0, 2));
      expect(await store.newestVerdicts(scope, 10, 'nobody')).toEqual([]);
      expect(await store.newestVerdicts(await ground.environment(), 10, 'errors')).toEqual([]);
    }, 30_000);

    it('are those of their environment alone, and an id that nobody gave has none', async () => {
      const [one, other] = [await ground.environment(), await ground.environment()];
      const { store } = ground;
      const id = await store.keepVerdict(one, 'errors', { of: one });
      expect(await store.newestVerdicts(other, 10)).toEqual([]);
      expect(await store.readVerdict(other, id)).toBeNull();
      for (const unknown of ['', '-', '1-0', 'x-y', '*', '99999999999999999999-0', `${id}9`, '+'])
        expect([unknown, await store.readVerdict(one, unknown)]).toEqual([unknown, null]);
      await expect(store.keepVerdict('nowhere', 'errors', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('go by age', async () => {
      const store = await ground.harness.withLog(300);
      await store.createEnvironment('short', 'of a test', commitOf([]));
      const id = await store.keepVerdict('short', 'errors', { first: true });
      await eventually(async () => expect(await store.readVerdict('short', id)).toBeNull(), 10_000, 50);
      const next = await store.keepVerdict('short', 'errors', { first: false });
      for (const guard of [undefined, 'errors'])
        expect(await store.newestVerdicts('short', 10, guard)).toEqual([
          { id: next, entry: { first: false } },
        ]);
    });
  });
}
