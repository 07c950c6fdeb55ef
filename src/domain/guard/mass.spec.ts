import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GuardPlan, type Mass, massOf } from './mass.js';

const HOUR = 3_600_000;
const MONTH = 30 * 24 * HOUR;
const planned = (plannedEnd: number | null): GuardPlan => ({ plannedEnd, paused: false, endless: false });

/** Mass of windows that end at `ends`, the first of an accumulator that begins at 0. */
function spend(
  ends: readonly number[],
  planAt: (from: number) => GuardPlan,
): { mass: number; spent: number } {
  let from = 0;
  let sum: Mass & { spent: number } = { mass: 0, planned: 0, spent: 0 };
  for (const to of ends) {
    const { mass, planned: part } = massOf({ from, to }, planAt(from), {
      spent: sum.spent,
      first: from === 0,
    });
    sum = { mass: sum.mass + mass, planned: part, spent: sum.spent + part };
    from = to;
  }
  return sum;
}

const everyFive = (until: number): number[] =>
  Array.from({ length: until / 5_000 }, (_, i) => (i + 1) * 5_000);

describe('the start-time mass', () => {
  it('is 0.7 for the first window, and 1 in all by the planned end', () => {
    expect(spend([5_000], () => planned(HOUR)).mass).toBeCloseTo(0.7);
    const { mass, spent } = spend(everyFive(HOUR), () => planned(HOUR));
    expect([mass, spent]).toEqual([expect.closeTo(1), expect.closeTo(1)]);
  });

  it('is spread evenly after the first window', () => {
    const half = 5_000 + (HOUR - 5_000) / 2;
    expect(spend([5_000, half], () => planned(HOUR)).mass).toBeCloseTo(0.85);
  });

  it('however the time is cut comes to 1', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: HOUR - 1 }), { minLength: 1 }), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), HOUR];
        expect(spend(ends, () => planned(HOUR)).mass).toBeCloseTo(1, 9);
      }),
    );
  });

  it('spreads what is left anew when the plan gets longer', () => {
    const longer = (from: number): GuardPlan => planned(from < HOUR / 2 ? HOUR : 3 * HOUR);
    expect(spend(everyFive(HOUR), longer).spent).toBeLessThan(0.9);
    expect(spend(everyFive(3 * HOUR), longer).mass).toBeCloseTo(1);
  });

  it.each<[string, GuardPlan]>([
    ['paused', { ...planned(HOUR), paused: true }],
    ['in a step without end', { ...planned(HOUR), endless: true }],
    ['past the planned end', planned(0)],
    ['without a plan', planned(null)],
  ])('goes on at 1 in 30 days %s, beside the 1 of the run', (_, plan) => {
    const { mass, spent } = spend([5_000, 5_000 + MONTH], () => plan);
    expect(mass).toBeCloseTo(1.7);
    expect(spent).toBeCloseTo(0.7);
  });

  it('of a window over the planned end is the rest, and a month’s share of what lies beyond', () => {
    expect(spend([5_000, HOUR + MONTH], () => planned(HOUR)).mass).toBeCloseTo(2);
  });

  it('of a fresh accumulator is only what was not yet spent', () => {
    const window = { from: 0, to: 5_000 };
    expect(massOf(window, planned(HOUR), { spent: 0.9, first: true })).toEqual({
      mass: expect.closeTo(0.07),
      planned: expect.closeTo(0.07),
    });
  });

  it('of a fresh accumulator that has nothing left to spend is that of unplanned time, so that it can still judge', () => {
    const mass = massOf({ from: 0, to: 5_000 }, planned(HOUR), { spent: 1, first: true });
    expect(mass).toEqual({ mass: 5_000 / MONTH, planned: 0 });
  });
});
