import { describe, expect, it } from '@jest/globals';
import { USAGE_HOUR } from '../../src/ports/store.js';
import type { StoreGround } from './store-ground.js';

/** What every store promises of usage. */
export function describeUsage(ground: StoreGround): void {
  describe('usage', () => {
    it('adds evaluations up by hour and variant, each batch once, and knows when each was last seen', async () => {
      const scope = await ground.environment();
      const { store } = ground;
      expect(await store.readLastSeen(scope)).toEqual({ since: null, flags: new Map() });
      const begun = await store.now();
      const evaluations = [
        { flag: 'a', variant: 'on', count: 3 },
        { flag: 'a', variant: 'off', count: 1 },
        { flag: 'b', variant: 'on', count: 5 },
      ];
      const first = { client: 'c', sequence: 1, counts: [], evaluations };
      expect([await store.addCounts(scope, first), await store.addCounts(scope, first)]).toEqual([
        true,
        false,
      ]);
      const counts = [{ series: 's', count: 1, sum: 1 }];
      await store.addCounts(scope, {
        client: 'd',
        sequence: 1,
        counts,
        evaluations: [{ flag: 'a', variant: 'on', count: 1e9 }],
      });
      await store.addCounts(scope, { client: 'd', sequence: 2, counts });
      const ended = await store.now();
      const [from, to] = [begun, ended].map((at) => Math.floor(at / USAGE_HOUR)) as [number, number];
      const total = new Map<string, number>();
      for (const variants of (await store.readUsage(scope, 'a', from, to)).values())
        for (const [variant, count] of variants) total.set(variant, (total.get(variant) ?? 0) + count);
      expect(Object.fromEntries(total)).toEqual({ on: 1e9 + 3, off: 1 });
      expect((await store.readUsage(scope, 'a', from - 48, from - 1)).size).toBe(0);
      expect((await store.readUsage(scope, 'gone', from, to)).size).toBe(0);
      const { since, flags } = await store.readLastSeen(scope);
      expect([...flags.keys()].toSorted()).toEqual(['a', 'b']);
      expect([...(flags.get('a')?.keys() ?? [])].toSorted()).toEqual(['off', 'on']);
      for (const at of [since, ...[...flags.values()].flatMap((variants) => [...variants.values()])]) {
        expect(at).toBeGreaterThanOrEqual(begun);
        expect(at).toBeLessThanOrEqual(ended);
      }
      const windows = await store.readCounts(
        scope,
        ['s'],
        Math.floor(begun / 5_000),
        Math.floor(ended / 5_000),
      );
      expect([...windows.values()].reduce((sum, of) => sum + (of.get('s')?.count ?? 0), 0)).toBe(2);
    });

    it('stays in its environment, and is no number without end', async () => {
      const [one, other] = [await ground.environment(), await ground.environment()];
      const { store } = ground;
      const of = (count: number) => ({
        client: 'c',
        sequence: 1,
        counts: [],
        evaluations: [{ flag: 'a', variant: 'on', count }],
      });
      await expect(store.addCounts(one, of(Infinity))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      await store.addCounts(one, of(1));
      expect((await store.readLastSeen(other)).flags.size).toBe(0);
    });
  });
}
