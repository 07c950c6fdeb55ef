import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binomial, judgeWindows, windowAt } from '../../../../test/support/judging.js';

const guard = { kind: 'drop', margin: 0.95, phi: 1 } as const;

describe('a guard against a drop', () => {
  it('trips where nothing comes any more, as soon as enough was to be expected', () => {
    const dead = (exposed: number): ReturnType<typeof judgeWindows> =>
      judgeWindows([windowAt(0, { bad: 0, total: exposed }, { bad: 700, total: 11_400 })], {
        guard: { ...guard, minEvents: 20, alpha: 0.5 },
      });
    expect(dead(300).decision).not.toBe('trip');
    expect(dead(600).decision).toBe('trip');
    expect(dead(600).evidence.words).toBe(
      'events 0.00× control (0 seen vs 36.8 expected, odds over 1,000,000:1)',
    );
  });

  it('tells of the windows that decided, not of the long time before in which all was well', () => {
    const of = (i: number, bad: number) => windowAt(i, { bad, total: 500 }, { bad: 200, total: 1_000 });
    const well = Array.from({ length: 60 }, (_, i) => of(i, 100));
    const halved = Array.from({ length: 4 }, (_, i) => of(60 + i, 50));
    const { decision, evidence } = judgeWindows([...well, ...halved], { guard: { ...guard, margin: 0.9 } });
    expect(decision).toBe('trip');
    expect(evidence.words).toMatch(/^events 0\.50× control in the last \d+ s .*; 0\.9\d× in all\)$/);
    expect(evidence.recent).toMatchObject({ windows: 2, newBad: 100, expected: 200 });
  });

  it('lets a rate pass that is higher, or lower within the margin', () => {
    for (const bad of [600, 970, 1_500])
      expect(
        judgeWindows([windowAt(0, { bad, total: 10_000 }, { bad: 1_000, total: 10_000 })], { guard })
          .decision,
      ).toBe(bad === 600 ? 'trip' : 'go');
  });

  it('takes more than one event of a unit as they are, and waits for the units of events that came first', () => {
    const many = windowAt(0, { bad: 300, total: 100 }, { bad: 3_000, total: 1_000 });
    expect(judgeWindows([many], { guard }).record).toMatchObject({ windows: 1, carry: null });
    const early = windowAt(0, { bad: 3, total: 0 }, { bad: 30, total: 10 });
    expect(judgeWindows([early], { guard }).record).toMatchObject({ windows: 0, carry: { merged: 1 } });
  });

  it('finds a drop in one region though in another views come late, without a visit of the new arm', () => {
    const eu = { value: 'eu', new: { bad: 150, total: 100 }, control: { bad: 300, total: 100 } };
    const nz = { value: 'nz', new: { bad: 1, total: 0 }, control: { bad: 30, total: 10 } };
    const windows = Array.from({ length: 12 }, (_, i) => ({
      ...windowAt(i, { bad: 151, total: 100 }, { bad: 330, total: 110 }),
      strata: [eu, nz],
    }));
    const arm = { label: 'version', new: 'v2', control: 'v1' };
    const query = { bad: 'views', total: 'visits', arm };
    const byRegion = { ...guard, template: null, query, strata: { label: 'region' } };
    const { decision, record } = judgeWindows(windows, { guard: byRegion });
    expect(decision).toBe('trip');
    expect(record.sums).toEqual({ newBad: 300, newTotal: 200, controlBad: 600, controlTotal: 200 });
  });

  it('has evidence that is worth at most its mass on average while the rate is at least what is allowed', () => {
    const exposure = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        exposure,
        exposure,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (...drawn) => {
          const [events, newTotal, controlTotal, more] = drawn;
          const weight = (0.95 + more) * newTotal;
          const total = binomial(events, weight / (weight + controlTotal)).reduce((sum, chance, bad) => {
            const window = windowAt(0, { bad, total: newTotal }, { bad: events - bad, total: controlTotal });
            const { logE } = judgeWindows([window], { guard: { ...guard, alpha: 1e-9 } });
            return sum + chance * Math.exp(logE ?? -Infinity);
          }, 0);
          expect(total).toBeLessThanOrEqual(0.7 + 1e-9);
        },
      ),
    );
  });
});
