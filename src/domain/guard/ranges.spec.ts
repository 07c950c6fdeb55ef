import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeBy, judgeWindows, parsedGuard, windowAt } from '../../../test/support/judging.js';
import { type GuardInput, guardSchema } from '../guard.js';
import { meanOf } from './mean-sums.js';
import type { GuardRecord } from './guard-record.js';
import type { MetricReading, MetricWindow } from './reading.js';
import { type GuardRange, rangesOf } from './ranges.js';
import { isHarmless } from './no-harm.js';

function rangesAfter(
  guard: Partial<GuardInput>,
  windows: readonly MetricWindow[],
  reading: Partial<MetricReading> = {},
): { readonly [name: string]: Omit<GuardRange, 'name'> } {
  const { record } = judgeWindows(windows, { guard: { alpha: 1e-9, ...guard }, reading });
  const full = guardSchema.parse({ key: 'g', source: 'prometheus', ...guard });
  return Object.fromEntries(rangesOf(full, record).map(({ name, ...ends }) => [name, ends]));
}

/** Log of the evidence of means, phi apart, against their being alike, in either direction. */
function againstNoDifference({ memory }: GuardRecord): number {
  const found = memory?.kind === 'mean' ? meanOf(memory.sums) : null;
  if (memory?.kind !== 'mean' || memory.effect === null || found === null) throw new Error('no mean');
  const [information, scale, z] = [1 / found.error ** 2, 1 / memory.effect ** 2, found.delta / found.error];
  return -0.5 * Math.log1p(information / scale) + (0.5 * z * z * information) / (information + scale);
}

function isPositive(end: number | null | undefined): boolean {
  return end != null && end > 0;
}

describe('the ranges of a guard', () => {
  it('of a ratio are those of both shares and of their ratio, wider where events scatter', () => {
    const windows = [windowAt(0, { bad: 40, total: 5_000 }, { bad: 400, total: 95_000 })];
    const found = rangesAfter({ margin: 1, phi: 1 }, windows);
    expect(found['ratio']).toEqual({ low: expect.closeTo(1, 9), high: expect.closeTo(3.162, 3) });
    expect(found['newShare']?.low).toBeLessThan(0.008);
    expect(found['newShare']?.high).toBeGreaterThan(0.008);
    expect(Object.keys(found)).toEqual(['ratio', 'newShare', 'controlShare']);
    const wider = rangesAfter({ margin: 1, phi: 4 }, windows);
    expect(wider['ratio']?.high).toBeGreaterThan(found['ratio']?.high ?? 0);
  });

  it('of latency are the bounds between which quantiles lie', () => {
    const bounds = [50, 100, 250];
    const arm = (buckets: readonly number[]): { bad: number; total: number; buckets: readonly number[] } => ({
      bad: 0,
      total: buckets.reduce((sum, count) => sum + count, 0),
      buckets,
    });
    const earlier = { bounds, control: [300, 500, 150, 50] };
    const window = windowAt(0, arm([300, 500, 150, 50]), arm([3_000, 5_000, 1_500, 500]), bounds);
    const found = rangesAfter({ kind: 'latency', margin: 1.1, phi: 1 }, [window], { earlier });
    expect(found['newP50']).toEqual({ low: 50, high: 100 });
    expect(found['controlP99']).toEqual({ low: 250, high: null });
  });

  it('of a mean is how far it is above what is allowed', () => {
    const windows = Array.from({ length: 60 }, (_, i) =>
      windowAt(i, { bad: 0, total: 10, sum: 110 + (i % 7) }, { bad: 0, total: 100, sum: 1_000 }),
    );
    const found = rangesAfter({ kind: 'mean', margin: 1, mean: {} }, windows);
    expect(found['excess']?.low).toBeGreaterThan(1);
    expect(found['excess']?.high).toBeLessThan(2);
    const wider = rangesAfter({ kind: 'mean', margin: 1, mean: {}, phi: 4 }, windows);
    expect(wider['excess']?.low).toBeLessThan(found['excess']?.low ?? 0);
    expect(wider['excess']?.high).toBeGreaterThan(found['excess']?.high ?? Infinity);
  });

  it('of a mean leave out what is allowed only where there is as much evidence, by the same phi, against it', () => {
    const means = fc.double({ min: 5, max: 15, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.record({ fresh: means, control: means }), { minLength: 50, maxLength: 70 }),
        fc.double({ min: -2, max: 4, noNaN: true }),
        fc.integer({ min: 1, max: 16 }),
        (pairs, shift, phi) => {
          const windows = pairs.map(({ fresh, control }, i) =>
            windowAt(
              i,
              { bad: 0, total: 10, sum: 10 * (fresh + shift) },
              { bad: 0, total: 100, sum: 100 * control },
            ),
          );
          const guard = parsedGuard({ kind: 'mean', margin: 1, mean: {}, phi, alpha: 1e-9 });
          // One record for both: a record ends at the window that trips, and another alpha trips at another window.
          const { record } = judgeBy(guard, windows, {});
          const against = againstNoDifference(record) / phi;
          fc.pre(Number.isFinite(against) && Math.abs(against - Math.log(100)) > 1e-6);
          const [excess] = rangesOf({ ...guard, alpha: 0.01 }, record);
          expect(isPositive(excess?.low) || isPositive(-(excess?.high ?? NaN))).toBe(against > Math.log(100));
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    [11, 10],
    [10, 10],
    [9e9, 1e10],
    [3e-200, 2e-200],
  ])(
    'of means that never scatter are as narrow as the evidence takes them to be: %d against %d',
    (fresh, control) => {
      const windows = Array.from({ length: 50 }, (_, i) =>
        windowAt(i, { bad: 0, total: 8, sum: 8 * fresh }, { bad: 0, total: 64, sum: 64 * control }),
      );
      const { excess } = rangesAfter({ kind: 'mean', margin: 1, mean: {} }, windows);
      const [low, high] = [(excess?.low ?? NaN) / control, (excess?.high ?? NaN) / control];
      expect((low + high) / 2).toBeCloseTo(fresh / control - 1, 6);
      expect(high - low).toBeGreaterThan(0);
      expect(high - low).toBeLessThan(1e-5);
      const { logE } = judgeWindows(windows, { guard: { kind: 'mean', margin: 1, mean: {}, alpha: 1e-9 } });
      expect((logE ?? NaN) > 100).toBe(fresh > control);
    },
  );

  it('are none before anything came', () => {
    expect(rangesAfter({ margin: 1 }, [])).toEqual({});
  });
});

describe('evidence of no harm', () => {
  it('says so once the new arm has had enough and was as good as the control, and not where it is twice as bad', () => {
    const after = (bad: number): number => {
      const windows = [windowAt(0, { bad, total: 20_000 }, { bad: 400, total: 380_000 })];
      const { memory } = judgeWindows(windows, { guard: { margin: 1.2, phi: 1 } }).record;
      return memory?.kind === 'ratio' ? memory.noHarm : Number.NaN;
    };
    expect(after(20)).toBeCloseTo(6.62892534, 8);
    expect(isHarmless(after(20))).toBe(true);
    expect(isHarmless(after(40))).toBe(false);
  });
});
