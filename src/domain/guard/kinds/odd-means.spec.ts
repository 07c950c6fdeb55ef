import { describe, expect, it } from '@jest/globals';
import { type Arm, changing, type OddTraffic, ranOn, worth } from '../../../../test/support/odd-traffic.js';

const SUMMED = {
  template: null,
  phi: 1,
  kind: 'mean',
  query: { sum: 's', total: 'n', arm: { label: 'v', new: 'a', control: 'b' } },
} as const;
const HIGHER = { ...SUMMED, margin: 1.2, mean: { worse: 'higher' } } as const;
const LOWER = { ...SUMMED, margin: 0.8, mean: { worse: 'lower' } } as const;

const zeroAtFirst = (arm: Arm): Arm => changing(60, worth(0), arm);
/** A value of 0.01 in every twentieth window. */
const hardlyAny = (sign: number): Arm =>
  zeroAtFirst((_, i) => ({ bad: 0, total: 20, sum: i % 20 === 0 ? sign * 0.01 : 0 }));

describe.each([
  [HIGHER, 20],
  [HIGHER, -20],
  [LOWER, 20],
  [LOWER, -20],
] as const)('a guard %j on a control of %d', (guard, size) => {
  const way = guard.mean.worse === 'higher' ? 1 : -1;
  const allowed = size + (guard.margin - 1) * 20;
  const both = (arm: Arm): OddTraffic[2] => ({ fresh: arm, control: arm });
  const of = (fresh: Arm, control: Arm): OddTraffic[2] => ({ fresh, control });

  it.each<[string, OddTraffic[2]]>([
    ['the same', both(worth(size))],
    ['huge values', both(worth(size * 1e12))],
    ['tiny values', both(worth(size * 1e-12))],
    ['values far from 0 that hardly scatter', both(worth(size * 1e9, 1))],
    ['values around 0', both(worth(size / 1e4, 20))],
    ['nothing but 0', both(worth(0))],
    ['0 at first', both(zeroAtFirst(worth(size)))],
    ['a unit that becomes a thousandth', both(changing(80, worth(size), worth(size / 1_000)))],
    ['a unit that becomes a thousand', both(changing(80, worth(size), worth(size * 1_000)))],
    ['exactly what is allowed', of(worth(allowed, 20), worth(size))],
    ['exactly what is allowed, without scatter', of(worth(allowed, 0), worth(size, 0))],
    ['far better than the control', of(worth(-500 * way), worth(size))],
  ])('leaves alone %s', (...[name, traffic]) => {
    for (const { record, logE } of ranOn([name, guard, traffic])) {
      expect(record.trip).toBeNull();
      expect(logE === null || Number.isFinite(logE)).toBe(true);
    }
  });

  const times = [1, 2, 20, 100, 1_000, 1e6];
  it.each<[string, OddTraffic[2]]>([
    ...[1e-12, 1, 1e12].flatMap((scale) =>
      times.map((by): [string, OddTraffic[2]] => [
        `so many of its sizes worse: ${by}, in units of ${scale}`,
        of(worth(scale * (size + way * 20 * by)), worth(scale * size)),
      ]),
    ),
    ...times.map((by): [string, OddTraffic[2]] => [
      `so many of its sizes worse, without scatter: ${by}`,
      of(worth(size + way * 20 * by, 0), worth(size, 0)),
    ]),
    ['values far from 0 that hardly scatter', of(worth(1e9 * (size + way * 10), 1), worth(1e9 * size, 1))],
    ['what both have only later', of(zeroAtFirst(worth(size + way * 100)), zeroAtFirst(worth(size)))],
    ['what the control hardly has', of(worth(way * 5), hardlyAny(Math.sign(size)))],
  ])('closes within 200 windows %s', (...[name, traffic]) => {
    for (const { record } of ranOn([name, guard, traffic])) expect(record.trip).not.toBeNull();
  });
});
