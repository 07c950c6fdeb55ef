import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Guard, guardSchema } from '../guard.js';
import { lastingRatio, MOST_PHI, suggestedPhi } from './dispersion.js';
import type { MetricReading, MetricWindow } from './reading.js';
import { scattered } from './scatter.js';
import { scatterIn } from './scatter-in-history.js';
import { countFor, seeded } from './seeded-counts.js';
import { suggestionOf } from './suggestion.js';

const LENGTH = 5_000;
const WINDOWS = 1_440;
type Judged = Pick<Guard, 'kind' | 'latency'>;
const RATIO: Judged = { kind: 'ratio', latency: null };
const LATENCY: Judged = { kind: 'latency', latency: { bounds: [250] } };

/** Two hours of two halves that get the same traffic, requests a second in both; `shares`: what of it is bad, in window `i`. */
interface Past {
  readonly rate: number;
  readonly shares: (i: number) => readonly [number, number];
  readonly burst?: number;
  readonly seed?: number;
}

function past({ rate, shares, burst = 1, seed = 1 }: Past): MetricWindow[] {
  const random = seeded(seed);
  const half = (rate * LENGTH) / 2_000;
  const arm = (share: number): { bad: number; total: number; buckets: number[] } => {
    const bad = Math.min(half, burst * countFor((half * share) / burst, random));
    return { bad, total: half, buckets: [half - bad, bad] };
  };
  return Array.from({ length: WINDOWS }, (_, i) => {
    const [first, second] = shares(i);
    const span = { from: i * LENGTH, to: (i + 1) * LENGTH, bounds: [250] };
    return { ...span, new: arm(first), control: arm(second) };
  });
}

const phiOf = (guard: Judged, windows: readonly MetricWindow[]): number =>
  suggestionOf(guard, { windows, windowLength: LENGTH, pods: [] }).phi;

const readingOf = (windows: readonly MetricWindow[]): MetricReading => ({
  windows,
  watermark: WINDOWS * LENGTH,
  unknown: null,
  lost: 0,
  windowLength: LENGTH,
});

/** One half fails half of its requests for five minutes. */
const incident = (i: number): readonly [number, number] => (i >= 600 && i < 660 ? [0.5, 0.01] : [0.01, 0.01]);

describe('what lasts between the halves of a control is no scatter', () => {
  it.each<[string, Judged, readonly [number, number]]>([
    ['alike', RATIO, [0.01, 0.01]],
    ['1.2 times as many errors in one', RATIO, [0.012, 0.01]],
    ['twice as many errors in one', RATIO, [0.01, 0.02]],
    ['slow requests, a tenth more in one', LATENCY, [0.33, 0.3]],
  ])('and phi stays as it is from 10 to 5,000 requests a second: %s', (_, guard, shares) => {
    const phis = [10, 100, 1_000, 5_000].map((rate) => phiOf(guard, past({ rate, shares: () => shares })));
    expect(Math.max(...phis)).toBeLessThan(3);
  });

  it('at any lasting ratio and any traffic, for every seed', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.integer({ min: 10, max: 5_000 }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        (seed, rate, ratio) => {
          const windows = past({ rate: 2 * Math.round(rate / 2), shares: () => [0.02 * ratio, 0.02], seed });
          // The most in thousands of histories: 4 where halves are alike, 6.4 where what lasts is about as large as luck.
          expect(phiOf(RATIO, windows)).toBeLessThan(9);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('also where it is the traffic that moves between them', () => {
    const windows = past({ rate: 1_000, shares: () => [0.012, 0.01] }).map((window, i) =>
      i % 240 < 120 ? window : { ...window, control: times(window.control, 3) },
    );
    expect(phiOf(RATIO, windows)).toBeLessThan(4);
  });

  it('is the same whichever half comes first', () => {
    const windows = past({ rate: 1_000, shares: () => [0.012, 0.01] });
    const counts = windows.map(countsOf);
    const swapped = counts.map(({ newBad, newTotal, controlBad, controlTotal }) => ({
      newBad: controlBad,
      newTotal: controlTotal,
      controlBad: newBad,
      controlTotal: newTotal,
    }));
    expect(lastingRatio(counts)).toBeCloseTo(1.2, 1);
    expect(lastingRatio(swapped)).toBeCloseTo(1 / lastingRatio(counts), 9);
    expect(suggestedPhi([swapped], lastingRatio(swapped))).toBeCloseTo(
      suggestedPhi([counts], lastingRatio(counts)),
      9,
    );
    expect(lastingRatio([])).toBe(1);
  });
});

describe('what does not last is scatter', () => {
  it.each([1, 4, 8])('bursts of %i speak for at least as much', (burst) => {
    for (const rate of [100, 1_000])
      expect(phiOf(RATIO, past({ rate, shares: () => [0.012, 0.01], burst }))).toBeGreaterThan(burst);
  });

  it('a single burst is, where nothing else ever failed', () => {
    const windows = past({ rate: 1_000, shares: (i) => (i === 700 ? [0.5, 0] : [0, 0]) });
    expect(lastingRatio(windows.map(countsOf))).toBeCloseTo(1, 6);
    expect(phiOf(RATIO, windows)).toBe(MOST_PHI);
  });
});

describe('a control that was not steady', () => {
  it.each([100, 1_000, 5_000])('says no more than 16, and that it was not steady, at %i a second', (rate) => {
    const scatter = scatterIn(RATIO, readingOf(past({ rate, shares: incident })));
    expect(scatter?.phi).toBe(MOST_PHI);
    expect(scatter?.reason).toMatch(
      /^the control was not steady in the two hours before: that speaks for a phi of [\d,]+, and 16 is the most/,
    );
  });

  it('raises no phi above what history may say, also where a record was kept before there was such a most', () => {
    const guard = guardSchema.parse({ key: 'g', source: 'prometheus', template: 'envoy', margin: 1.2 });
    expect(scattered(guard, { scatter: { phi: 11_573, reason: null } }).phi).toBe(MOST_PHI);
    const own = { ...guard, phi: 20, phiFromHistory: true };
    expect(scattered(own, { scatter: { phi: 11_573, reason: null } }).phi).toBe(20);
  });

  it('is told to those who ask what to set, with what its scales speak for', () => {
    const windows = past({ rate: 1_000, shares: incident });
    const { phi, reason, scales } = suggestionOf(RATIO, { windows, windowLength: LENGTH, pods: [] });
    expect(phi).toBe(MOST_PHI);
    expect(reason).toMatch(/not steady/);
    expect(Math.max(...scales.map((one) => one.phi))).toBeGreaterThan(1_000);
  });
});

function times(arm: MetricWindow['control'], factor: number): MetricWindow['control'] {
  return arm && { ...arm, bad: arm.bad * factor, total: arm.total * factor };
}

function countsOf({ new: fresh, control }: MetricWindow) {
  const [first, second] = [fresh ?? { bad: 0, total: 0 }, control ?? { bad: 0, total: 0 }];
  return { newBad: first.bad, newTotal: first.total, controlBad: second.bad, controlTotal: second.total };
}
