import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReceivedPoint } from '../../../ports/store.js';
import { pushedIncrements } from './pushed-increments.js';
import { pushersOf, seriesOf } from './pushed-series.js';

/** Sender's clock of the first point, epoch ms; our own is half a minute ahead of it. */
const T0 = 1_700_000_000_000;
const SKEW = 30_000;
const PUSH = 10_000;

/** A point of the one pod, its n-th push: `value` since it started, or since the push before. */
function point(n: number, value: number, more: Partial<ReceivedPoint> = {}): ReceivedPoint {
  const time = T0 + n * PUSH;
  return {
    target: 'pod',
    series: 'requests',
    metric: 'requests',
    labels: {},
    start: T0 - 60_000,
    time,
    at: time + SKEW,
    isDelta: false,
    value,
    ...more,
  };
}

/** What the pod says beside it, so that it is known to push. */
const steady = (n: number): ReceivedPoint => point(n, 1, { series: 'beside', start: T0 - 600_000 });

/** Increments of `requests`, `[push that it begins after, push, value]`; `begins` is where the points that we have begin. */
function told(
  points: readonly ReceivedPoint[],
  begins = T0 + SKEW - 1_000,
): (readonly [number, number, number])[] {
  const pusher = pushersOf(points).get('pod');
  if (pusher === undefined) return [];
  const pushOf = (at: number): number => Math.round((at - SKEW - T0) / PUSH) || 0;
  return seriesOf(points)
    .filter(([{ series }]) => series === 'requests')
    .flatMap((series) => pushedIncrements(series, pusher, begins))
    .map(({ start, at, value }) => [pushOf(start), pushOf(at), value] as const);
}

const pushes = [0, 1, 2, 3].map(steady);
const delta = (n: number, value: number, more: Partial<ReceivedPoint> = {}): ReceivedPoint =>
  point(n, value, { isDelta: true, start: T0 + (n - 1) * PUSH, ...more });

describe('what pushed points rise by', () => {
  it.each<[string, readonly ReceivedPoint[], (readonly [number, number, number])[]]>([
    [
      'cumulative: the difference; the first is a baseline',
      [point(0, 5), point(1, 8), point(2, 8)],
      [
        [0, 1, 3],
        [1, 2, 0],
      ],
    ],
    [
      'a reset that shows, by a lower value',
      [point(0, 50), point(1, 4), point(2, 6)],
      [
        [0, 1, 4],
        [1, 2, 2],
      ],
    ],
    [
      'a reset that only its start shows: it has grown beyond the old value',
      [point(0, 5), point(1, 90, { start: T0 + 5_000 })],
      [[0, 1, 90]],
    ],
    [
      'points that come out of order',
      [point(2, 9), point(0, 5), point(1, 8)],
      [
        [0, 1, 3],
        [1, 2, 1],
      ],
    ],
    [
      'a point that comes twice, as an answer was lost',
      [point(0, 5), point(1, 8), { ...point(1, 8), at: T0 + 15_000 + SKEW }, point(2, 9)],
      [
        [0, 1, 3],
        [1, 2, 1],
      ],
    ],
    ['a gap of one push', [...pushes, point(0, 5), point(2, 9)], [[0, 2, 4]]],
    [
      'a gap that is a silence: a baseline',
      [...pushes, point(0, 5), point(5, 900), point(6, 904)],
      [[5, 6, 4]],
    ],
    [
      'a series that is born while its pod pushes: from 0',
      [...pushes, point(2, 7), point(3, 9)],
      [
        [1, 2, 7],
        [2, 3, 2],
      ],
    ],
    [
      'a pod that began while we looked: from 0, since it says when',
      [point(0, 7, { start: T0 - 500 }), point(1, 9, { start: T0 - 500 })],
      [
        [0, 0, 7],
        [0, 1, 2],
      ],
    ],
    [
      'deltas as they are',
      [delta(1, 5), delta(2, 0), delta(3, 7)],
      [
        [0, 1, 5],
        [1, 2, 0],
        [2, 3, 7],
      ],
    ],
    [
      'a delta that comes twice',
      [delta(1, 5), { ...delta(1, 5), at: T0 + 15_000 + SKEW }, delta(2, 7)],
      [
        [0, 1, 5],
        [1, 2, 7],
      ],
    ],
    [
      'a delta after a silence: it says what it counts',
      [...pushes, delta(1, 5), delta(6, 7)],
      [
        [0, 1, 5],
        [5, 6, 7],
      ],
    ],
  ])('%s', (_, points, expected) => expect(told(points)).toEqual(expected));

  it('of a histogram: count, sum and each bucket; nothing where the bounds changed', () => {
    const histogram = (n: number, buckets: readonly number[], bounds = [0.1, 1]): ReceivedPoint =>
      point(
        n,
        buckets.reduce((all, one) => all + one, 0),
        { buckets, bounds, sum: 2 * n },
      );
    const points = [histogram(0, [1, 1, 0]), histogram(1, [5, 2, 1]), histogram(2, [6, 2, 1], [0.2, 1])];
    const pusher = pushersOf(points).get('pod');
    const [series] = seriesOf(points);
    if (pusher === undefined || series === undefined) throw new Error('no series');
    expect(pushedIncrements(series, pusher, T0 + SKEW)).toMatchObject([
      { value: 6, sum: 2, buckets: [4, 1, 1], bounds: [0.1, 1] },
    ]);
  });
});

describe('whatever order points come in, and how often', () => {
  const rises = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 30 });
  /** Points in the order they arrive, some of them again later; each keeps the moment of its push. */
  const arriving = (points: readonly ReceivedPoint[], keys: readonly number[]): ReceivedPoint[] =>
    [...points, ...points.filter((_, i) => (keys[i] ?? 0) % 3 === 0)]
      .map((one, i) => ({ one, key: keys[i % keys.length] ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ one }) => one);
  const keys = fc.array(fc.nat(), { minLength: 1, maxLength: 60 });

  it('cumulative values without reset rise by the last less the first', () => {
    fc.assert(
      fc.property(rises, keys, (all, order) => {
        let value = 0;
        const points = all.map((rise, n) => point(n, (value += rise)));
        const sum = told(arriving(points, order)).reduce((found, [, , rise]) => found + rise, 0);
        expect(sum).toBe(value - (all[0] ?? 0));
      }),
    );
  });

  it('deltas add up to what was counted, and to what the same counts come to when pushed cumulatively', () => {
    fc.assert(
      fc.property(rises, keys, (all, order) => {
        const sum = told(
          arriving(
            all.map((rise, n) => delta(n, rise)),
            order,
          ),
        ).reduce((found, [, , rise]) => found + rise, 0);
        expect(sum).toBe(all.reduce((total, rise) => total + rise, 0));
      }),
    );
  });

  it('resets that say their start lose nothing that was pushed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.boolean()), { minLength: 2, maxLength: 30 }),
        keys,
        (all, order) => {
          let [value, start] = [0, T0 - 60_000];
          const points = all.map(([rise, isRestart], n) => {
            if (isRestart && n > 0) [value, start] = [0, T0 + n * PUSH - 1_000];
            return point(n, (value += rise), { start });
          });
          const sum = told(arriving(points, order)).reduce((found, [, , rise]) => found + rise, 0);
          expect(sum).toBe(all.slice(1).reduce((total, [rise]) => total + rise, 0));
        },
      ),
    );
  });

  it('no increment is below 0, and none ends before it begins', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(100), fc.nat(20), fc.boolean()), { minLength: 1, maxLength: 40 }),
        (all) => {
          const points = all.map(([value, n, isDelta]) => (isDelta ? delta(n, value) : point(n, value)));
          for (const [from, to, rise] of told(points)) {
            expect(rise).toBeGreaterThanOrEqual(0);
            expect(from).toBeLessThanOrEqual(to);
          }
        },
      ),
    );
  });
});
