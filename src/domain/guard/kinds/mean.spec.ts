import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeWindows, STEP, windowAt } from '../../../../test/support/judging.js';
import { allowedMean } from '../allowed.js';
import type { GuardRecord } from '../guard-record.js';
import type { MeanWindow } from '../mean-evidence.js';
import { addMeanWindow, type MeanDifference, meanOf, NO_MEAN_SUMS, sinceThen } from '../mean-sums.js';
import type { MetricWindow } from '../reading.js';
import { seeded } from '../seeded-counts.js';

const guard = { kind: 'mean', margin: 1, mean: {} } as const;

/** Gamma-like positive values with a mean of `mean`: sums of squares of normals. */
function valuesOf(
  count: number,
  mean: number,
  random: () => number,
): { total: number; sum: number; bad: number } {
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum -= Math.log(1 - random()) * mean;
  return { total: count, sum, bad: 0 };
}

function windowsOf(seed: number, times: number, ratio: number, length = 5): MetricWindow[] {
  const random = seeded(seed);
  return Array.from({ length: times }, (_, i) =>
    windowAt(i, valuesOf(length, 20 * ratio, random), valuesOf(100, 20, random)),
  );
}

describe('a mean guard', () => {
  it('says nothing before 50 windows with 5 values in both arms', () => {
    const first = judgeWindows(windowsOf(1, 49, 3), { guard });
    expect(first).toMatchObject({ state: 'warming', decision: 'hold', logE: null });
    expect(first.record.trouble).toBe('49 of the 50 windows with 5 values in both arms that a mean needs');
    const [last] = windowsOf(2, 50, 3).slice(-1);
    const then = judgeWindows(last ? [last] : [], { guard, record: first.record });
    expect(then.decision).toBe('trip');
    expect(then.evidence.words).toBe('mean 3.22× control (63.6 against 19.7, odds over 1,000,000:1)');
  });

  it('waits for a control whose mean is not 0, and counts then what it has seen', () => {
    const paid = (i: number, fresh: number, control: number): MetricWindow =>
      windowAt(
        i,
        { total: 10, sum: 10 * fresh + (i % 3), bad: 0 },
        { total: 100, sum: 100 * control, bad: 0 },
      );
    const none = Array.from({ length: 60 }, (_, i) => paid(i, 5, 0));
    const first = judgeWindows(none, { guard });
    expect(first).toMatchObject({ state: 'warming', decision: 'hold', logE: null });
    expect(first.record.trouble).toBe("the control's mean is 0: nothing to measure an effect by");
    const then = judgeWindows([paid(60, 5, 4)], { guard, record: first.record });
    expect(then).toMatchObject({ decision: 'trip', record: { windows: 61 } });
    // A record of before may hold an effect of 0.
    const { memory } = first.record;
    const kept = {
      ...first.record,
      logE: -700,
      memory: memory?.kind === 'mean' ? { ...memory, effect: 0 } : null,
    };
    expect(judgeWindows([paid(60, 5, 0)], { guard, record: kept }).state).toBe('warming');
    expect(judgeWindows([paid(60, 5, 4)], { guard, record: kept }).logE).toBe(then.logE);
  });

  it('makes one window of those that are too small', () => {
    const { record } = judgeWindows(windowsOf(3, 100, 1, 2), { guard });
    expect(record.windows).toBe(33);
    expect(record.memory).toMatchObject({ open: { new: { total: 2 } } });
    expect(record.trouble).toBe('33 of the 50 windows with 5 values in both arms that a mean needs');
  });

  it('forgives what its margin allows, and is turned where lower is worse', () => {
    const windows = windowsOf(4, 120, 1.15, 40);
    expect(judgeWindows(windows, { guard }).decision).toBe('trip');
    expect(judgeWindows(windows, { guard: { ...guard, margin: 1.2 } }).state).toBe('ok');
    const lower = { ...guard, margin: 0.95, mean: { worse: 'lower' } } as const;
    expect(judgeWindows(windows, { guard: lower }).state).toBe('ok');
    expect(judgeWindows(windowsOf(4, 120, 0.6, 40), { guard: lower }).decision).toBe('trip');
  });

  it.each([
    ['higher', 1.2],
    ['higher', 2.5],
    ['lower', 0.9],
    ['lower', 0.2],
    ['higher', 1],
    ['lower', 1],
  ] as const)(
    'allows a part of the control’s size where its mean is negative too: %s, margin %d',
    (worse, margin) => {
      const settings = { ...guard, margin, mean: { worse } };
      const shifted = (ratio: number): MetricWindow[] =>
        windowsOf(6, 200, 1, 40).map(({ from, to, new: fresh, control }) => ({
          from,
          to,
          new: fresh && { ...fresh, sum: fresh.total * (ratio * -20) - (fresh.sum ?? 0) + fresh.total * 20 },
          control: control && { ...control, sum: -(control.sum ?? 0) },
        }));
      const allowed = 2 - margin;
      const worseThan = worse === 'higher' ? -0.3 : 0.3;
      expect(judgeWindows(shifted(1), { guard: settings })).toMatchObject({ state: 'ok', decision: 'go' });
      expect(judgeWindows(shifted(allowed - worseThan / 3), { guard: settings }).decision).toBe('go');
      expect(judgeWindows(shifted(allowed + worseThan), { guard: settings }).decision).toBe('trip');
    },
  );

  it('allows as much where the mean is negative as where it is positive, the other way round', () => {
    const eighths = fc.integer({ min: 0, max: 80 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), eighths, (size, more) => {
        const higher = { margin: 1 + more / 8 };
        expect(allowedMean(higher, size)).toBe(size + (more / 8) * size);
        expect(allowedMean(higher, -size)).toBe(-size + (more / 8) * size);
        const lower = { margin: 1 - (more % 8) / 8 };
        expect(allowedMean(lower, size)).toBe(size - ((more % 8) / 8) * size);
        expect(allowedMean(lower, -size)).toBe(-size - ((more % 8) / 8) * size);
      }),
    );
    expect(allowedMean({ margin: 7 }, 0)).toBe(0);
  });

  it.each([0.1, 0.01, 0.001, 0])(
    'finds a mean that is worse beyond all doubt, values scattering by %s',
    (by) => {
      const random = seeded(9);
      const arm = (mean: number): ReturnType<typeof valuesOf> => ({
        total: 100,
        sum: 100 * mean * (1 + by * (random() - 0.5)),
        bad: 0,
      });
      const windows = Array.from({ length: 60 }, (_, i) => windowAt(i, arm(30), arm(20)));
      expect(judgeWindows(windows, { guard })).toMatchObject({ state: 'tripped', decision: 'trip' });
      const swapped = Array.from({ length: 60 }, (_, i) => windowAt(i, arm(20), arm(30)));
      expect(judgeWindows(swapped, { guard })).toMatchObject({ state: 'ok', decision: 'go' });
    },
  );

  it('is blind where the source counts without a sum', () => {
    const counted = windowAt(0, { bad: 0, total: 9 }, { bad: 0, total: 9 });
    expect(judgeWindows([counted], { guard }).record).toMatchObject({
      state: 'blind',
      trouble: 'the source tells no sum',
      windows: 0,
    });
  });

  it('begins anew once an hour, at most 24 times, and finds a change after six hours sooner for it', () => {
    const random = seeded(7);
    const hour = 3_600_000 / STEP;
    let record: GuardRecord | undefined;
    let change: number | undefined;
    for (let i = 0; i < 7 * hour; i += 1) {
      const ratio = i < 6 * hour ? 1 : 1.3;
      const window = windowAt(i, valuesOf(8, 20 * ratio, random), valuesOf(30, 20, random));
      const verdict = judgeWindows([window], { guard, horizon: 86_400_000, ...(record && { record }) });
      ({ record } = verdict);
      if (verdict.decision !== 'trip') continue;
      change = i - 6 * hour;
      break;
    }
    expect(record?.memory).toMatchObject({ starts: { length: 7 } });
    expect(change).toBeGreaterThan(0);
    expect(change).toBeLessThan(hour / 3);
  });

  it('closes a healthy version no more often than alpha says', () => {
    const seeds = Array.from({ length: 150 }, (_, i) => 100 + i);
    const alarms = seeds.filter((seed) => {
      let record: GuardRecord | undefined;
      return windowsOf(seed, 200, 1, 10).some((window) => {
        const verdict = judgeWindows([window], { guard, horizon: 200 * STEP, ...(record && { record }) });
        ({ record } = verdict);
        return verdict.decision === 'trip';
      });
    });
    // 1 % of 150 is 1.5; 7 and more has a chance of 0.1 % there.
    expect(alarms.length).toBeLessThanOrEqual(6);
  });
});

/** The same as the formula says it, of all windows at once. */
function directly(windows: readonly MeanWindow[]): MeanDifference {
  const strata = windows
    .map(({ newCount, newMean, controlCount, controlMean }) => ({
      weight: (newCount * controlCount) / (newCount + controlCount),
      difference: newMean - controlMean,
    }))
    .filter(({ weight }) => weight > 0);
  const count = strata.length;
  const weights = strata.reduce((sum, { weight }) => sum + weight, 0);
  const delta = strata.reduce((sum, { weight, difference }) => sum + weight * difference, 0) / weights;
  const squares = strata.reduce(
    (sum, { weight, difference }) => sum + (weight * (difference - delta)) ** 2,
    0,
  );
  return { delta, error: Math.sqrt((count / (count - 1)) * squares) / weights };
}

describe('sums of a mean', () => {
  const count = fc.integer({ min: 1, max: 500 });
  const value = fc.double({ min: -100, max: 100, noNaN: true });
  const drawn = fc.record({ newCount: count, newMean: value, controlCount: count, controlMean: value });

  it('tell what the windows tell, and of a later start what those after it do', () => {
    fc.assert(
      fc.property(fc.array(drawn, { minLength: 4, maxLength: 30 }), fc.nat(2), (windows, start) => {
        const all = windows.reduce(addMeanWindow, NO_MEAN_SUMS);
        const before = windows.slice(0, start).reduce(addMeanWindow, NO_MEAN_SUMS);
        for (const [sums, of] of [
          [all, windows],
          [sinceThen(all, before), windows.slice(start)],
        ] as const) {
          const expected = directly(of);
          const found = meanOf(sums);
          expect(found?.delta).toBeCloseTo(expected.delta, 6);
          expect(found?.error).toBeCloseTo(expected.error, 4);
        }
      }),
    );
  });
});
