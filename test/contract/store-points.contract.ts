import { describe, expect, it } from '@jest/globals';
import { COUNT_WINDOW, type MetricPoint, MOST_POINTS, type ReceivedPoint } from '../../src/ports/store.js';
import type { StoreGround } from './store-ground.js';

const point = (more: Partial<MetricPoint> = {}): MetricPoint => ({
  target: 'pod',
  series: 'a',
  metric: 'http.server.request.duration',
  labels: { 'service.version': 'v2' },
  start: 1,
  time: 2,
  isDelta: false,
  value: 3,
  ...more,
});

/** What every store promises of points of pushed metrics. */
export function describePoints(ground: StoreGround): void {
  const all = async (scope: string, begun: number): Promise<readonly ReceivedPoint[]> => {
    const [from, to] = [begun, await ground.store.now()].map((at) => Math.floor(at / COUNT_WINDOW));
    return ground.store.readPoints(scope, from ?? 0, to ?? 0);
  };

  describe('points', () => {
    it('are kept as they came, with when they came, and stay in their environment', async () => {
      const [one, other] = [await ground.environment(), await ground.environment()];
      const begun = await ground.store.now();
      const histogram = point({ series: 'h', sum: 1.5, bounds: [0.1, 1], buckets: [1, 2, 0] });
      expect(await ground.store.addPoints(one, [point(), histogram])).toBe(true);
      const kept = await all(one, begun);
      expect(
        kept.map((one) => ({ ...one, at: undefined })).toSorted((a, b) => (a.series < b.series ? -1 : 1)),
      ).toEqual([point(), histogram]);
      for (const { at } of kept) {
        expect(at).toBeGreaterThanOrEqual(begun);
        expect(at).toBeLessThanOrEqual(await ground.store.now());
      }
      expect(await all(other, begun)).toEqual([]);
      const now = Math.floor(begun / COUNT_WINDOW);
      expect(await ground.store.readPoints(one, now - 5, now - 1)).toEqual([]);
    });

    it('count once within a window, however often they are sent, and the first one stands', async () => {
      const scope = await ground.environment();
      const begun = await ground.store.now();
      for (const value of [3, 4, 5]) await ground.store.addPoints(scope, [point({ value })]);
      await ground.store.addPoints(scope, [point({ time: 7, value: 9 })]);
      const kept = await all(scope, begun);
      const values = new Set(kept.filter(({ time }) => time === 2).map(({ value }) => value));
      // where the window ended in between, the same point stands in two of them
      expect([...values][0]).toBe(3);
      expect(kept.filter(({ time }) => time === 7)).toHaveLength(1);
    });

    it('are refused whole where the window is full, and where nobody knows the environment', async () => {
      const scope = await ground.environment();
      const many = Array.from({ length: MOST_POINTS + 1 }, (_, n) => point({ series: `s${n}` }));
      const begun = await ground.store.now();
      expect(await ground.store.addPoints(scope, many)).toBe(false);
      expect(await all(scope, begun)).toEqual([]);
      expect(await ground.store.addPoints(scope, [])).toBe(true);
      await expect(ground.store.addPoints('nowhere', [point()])).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(ground.store.readPoints('nowhere', 0, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
}
