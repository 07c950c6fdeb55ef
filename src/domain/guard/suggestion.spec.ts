import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GuardInput, guardSchema } from '../guard.js';
import { type BackTest, backTestOf } from './back-test.js';
import type { MetricReading, MetricWindow } from './reading.js';
import { countFor, seeded } from './seeded-counts.js';
import { type PastPeriod, type PodShare, type Suggestion, suggestionOf } from './suggestion.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Two halves of a version, 100 requests each a window, of which `share` are bad; errors come `burst` at a time. */
function period(
  {
    hours = 2,
    length = 15_000,
    share = 0.05,
    burst = 1,
    seed = 1,
  }: { hours?: number; length?: number; share?: number; burst?: number; seed?: number },
  pods: readonly PodShare[] = [],
): PastPeriod {
  const random = seeded(seed);
  const arm = (): { bad: number; total: number } => ({
    bad: Math.min(100, burst * countFor((100 * share) / burst, random)),
    total: 100,
  });
  const windows = Array.from({ length: (hours * HOUR) / length }, (_, i) => ({
    from: i * length,
    to: (i + 1) * length,
    new: arm(),
    control: arm(),
  }));
  return { windows, windowLength: length, pods };
}

const RATIO = { kind: 'ratio', latency: null } as const;
const DROP = { kind: 'drop', latency: null } as const;
const LATENCY = { kind: 'latency', latency: null } as const;
const podsOf = (...shares: readonly number[]): PodShare[] =>
  shares.map((share, i) => ({ pod: `pod-${i}`, bad: share * 10_000, total: 10_000 }));

describe('what is suggested without a history', () => {
  it.each<[string, Pick<GuardInput, 'kind'>, number, number | null]>([
    ['a ratio', { kind: 'ratio' }, 2, 1.2],
    ['latency', { kind: 'latency' }, 4, 1.2],
    ['a mean', { kind: 'mean' }, 1, null],
    ['a drop', { kind: 'drop' }, 2, 1 / 1.2],
    ['a burn rate', { kind: 'burn' }, 1, null],
    ['k of n', { kind: 'kOfN' }, 1, null],
    ['the topline', { kind: 'topline' }, 1, null],
  ])('is what a guard has unless it says otherwise: %s', (_, fields, phi, margin) => {
    const { kind, phi: usual } = guardSchema.parse({ key: 'g', source: 'prometheus', ...fields });
    const found = suggestionOf({ kind, latency: null }, { windows: [], windowLength: 15_000, pods: [] });
    expect(found).toMatchObject({ phi, margin, scales: [], pods: [], windows: 0 });
    expect(usual).toBe(phi);
    expect(found.reason).not.toBeNull();
  });

  it.each<[string, PastPeriod, RegExp]>([
    ['nothing', { windows: [], windowLength: 5_000, pods: [] }, /no window/],
    ['less than an hour', period({ hours: 0.9 }), /less than an hour/],
    ['hardly an error', period({ share: 0.0001 }), /only \d+ bad events.* 50 are needed/],
    [
      'one half without data',
      { ...period({}), windows: period({}).windows.map((one) => ({ ...one, new: null })) },
      /no window/,
    ],
  ])('says why: %s', (_, past, words) => {
    const found = suggestionOf(RATIO, past);
    expect(found.reason).toMatch(words);
    expect(found).toMatchObject({ phi: 2, margin: 1.2, scales: [] });
  });
});

describe('what history suggests', () => {
  const phiOf = (past: PastPeriod): number => suggestionOf(RATIO, past).phi;

  it('is looked for in windows as they came, of 1, 5 and 20 minutes, and of 5 s where they are as short', () => {
    const seconds = ({ scales }: Suggestion): number[] => scales.map((one) => one.seconds);
    expect(seconds(suggestionOf(RATIO, period({})))).toEqual([15, 60, 300, 1_200]);
    expect(seconds(suggestionOf(RATIO, period({ length: 5_000 })))).toEqual([5, 60, 300, 1_200]);
    expect(seconds(suggestionOf(RATIO, period({ hours: 1.5 })))).toEqual([15, 60, 300]);
  });

  it.each([5_000, 60_000, 240_000])(
    'is found in one hour that lacks a window of %d ms at each end',
    (length) => {
      const { windows, ...past } = period({ hours: 1, length });
      expect(suggestionOf(RATIO, { ...past, windows: windows.slice(1, -1) }).reason).toBeNull();
    },
  );

  it('is a phi of 1.3 times the largest scale, never below 1', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 8 }), (seed, burst) => {
        const found = suggestionOf(RATIO, period({ seed, burst, hours: 1 }));
        const largest = Math.max(1, ...found.scales.map(({ phi }) => phi));
        expect(found.reason === null).toBe(largest <= 16);
        expect(found.phi).toBe(Math.min(largest, 16));
        expect(found.phi).toBeGreaterThanOrEqual(1.3);
      }),
      { numRuns: 15 },
    );
  });

  it('grows with the size of bursts', () => {
    expect(phiOf(period({ burst: 1, hours: 4 }))).toBeLessThan(2.5);
    expect(phiOf(period({ burst: 4, hours: 4 }))).toBeGreaterThan(4);
    expect(phiOf(period({ burst: 8, hours: 4 }))).toBeGreaterThan(8);
  });

  it.each<[string, readonly PodShare[], number]>([
    ['pods that are alike', podsOf(0.05, 0.05, 0.05), 1.2],
    ['pods that differ', podsOf(0.02, 0.04), 1 + (2 * Math.SQRT2 * 0.01) / 0.03],
    ['one pod', podsOf(0.05), 1.2],
    [
      'too few errors to tell',
      [
        { pod: 'a', bad: 9, total: 99 },
        { pod: 'b', bad: 90, total: 99 },
      ],
      1.2,
    ],
  ])('is a margin of two deviations of the pods, at least 1.2: %s', (_, pods, margin) => {
    expect(suggestionOf(RATIO, period({}, pods)).margin).toBeCloseTo(margin, 9);
    expect(suggestionOf(DROP, period({}, pods)).margin).toBeCloseTo(1 / margin, 9);
  });

  it('is the bounds of a histogram that tell something, and the phi of the worst of them', () => {
    const buckets = [60, 30, 10, 0];
    const arm = { bad: 0, total: 100, buckets };
    const windows: MetricWindow[] = Array.from({ length: 300 }, (_, i) => ({
      from: i * 15_000,
      to: (i + 1) * 15_000,
      new: i % 2 === 0 ? arm : { ...arm, buckets: [60, 10, 30, 0] },
      control: arm,
      bounds: [100, 250, 500],
    }));
    const found = suggestionOf(LATENCY, { windows, windowLength: 15_000, pods: [] });
    expect(found.bounds).toEqual([100, 250]);
    expect(found.reason).toBeNull();
    expect(found.phi).toBeGreaterThan(1.3);
    const named = suggestionOf(
      { kind: 'latency', latency: { bounds: [250] } },
      { windows, windowLength: 15_000, pods: [] },
    );
    expect(named.bounds).toEqual([250]);
  });
});

describe('what a back-test says', () => {
  const guard = guardSchema.parse({ key: 'g', source: 'prometheus', margin: 1.2, phi: 1 });
  const span = { from: 0, to: 2 * HOUR };
  const readingOf = (windows: readonly MetricWindow[]): MetricReading => ({
    windows,
    watermark: windows.at(-1)?.to ?? 0,
    unknown: null,
    lost: 0,
    windowLength: 15_000,
  });
  const tested = (windows: readonly MetricWindow[], within: typeof span, of = guard): BackTest => {
    const work = backTestOf(of, readingOf(windows), within);
    for (;;) {
      const { done, value } = work.next();
      if (done === true) return value;
    }
  };
  const failing = (windows: readonly MetricWindow[], from: number, to: number): MetricWindow[] =>
    windows.map((one, i) => (i >= from && i < to ? { ...one, new: { bad: 60, total: 100 } } : one));

  it('trips nowhere in a healthy past, and draws it whole', () => {
    const { windows } = period({});
    const found = tested(windows, span);
    expect(found).toMatchObject({ trips: [], windows: windows.length, tripLine: Math.log(100) });
    const sum = (pick: 'newTotal' | 'controlTotal'): number =>
      found.curve.reduce((all, one) => all + one[pick], 0);
    expect(sum('newTotal')).toBe(100 * windows.length);
    expect(sum('controlTotal')).toBe(100 * windows.length);
    expect(found.curve.length).toBeLessThanOrEqual(400);
    expect(found.curve.at(-1)?.at).toBe(windows.at(-1)?.to);
  });

  it('trips where it failed, begins afresh, and trips again', () => {
    const windows = failing(failing(period({}).windows, 100, 104), 300, 304);
    const { trips } = tested(windows, span);
    expect(trips.map(({ at }) => at >= 100 * 15_000 && at <= 105 * 15_000)[0]).toBe(true);
    expect(trips.at(-1)?.at).toBeGreaterThan(300 * 15_000);
    for (const { logE, words } of trips) {
      expect(logE).toBeGreaterThanOrEqual(Math.log(100));
      expect(words).toMatch(/× control/);
    }
  });

  it('ends after 50 trips, and says that it did', () => {
    const windows = failing(period({}).windows, 0, Infinity);
    const { trips, unjudged } = tested(windows, span);
    expect(trips).toHaveLength(50);
    expect(unjudged).toMatch(
      /^Only the time until 1970-01-01T00:\d\d:\d\d\.000Z was judged: 50 trips are listed/,
    );
    expect(tested(period({}).windows, span).unjudged).toBeNull();
  });

  it('says that a topline was judged in the time after `from` only', () => {
    const windows = failing(period({}).windows, 200, 300);
    const topline = guardSchema.parse({
      key: 'both',
      source: 'prometheus',
      kind: 'topline',
      topline: { slo: 0.99, within: 900 },
    });
    const late = tested(windows, span, topline);
    expect(late.trips).toEqual([]);
    expect(late.unjudged).toMatch(
      /^Only the 900 s after `from` were judged.*Give the time of a step as `from`/,
    );
    const step = { from: 200 * 15_000, to: 200 * 15_000 + 900_000 };
    const near = windows.filter(({ from, to }) => from >= step.from && to <= step.to);
    expect(tested(near.slice(0, 20), step, topline)).toMatchObject({ unjudged: null });
    expect(tested(near, step, topline).trips).toHaveLength(50);
  });

  it('keeps the peak of the evidence where it draws several windows as one', () => {
    const windows = failing(period({ hours: 6 }).windows, 700, 702);
    const { curve, trips } = tested(windows, { from: 0, to: 6 * HOUR });
    expect(curve.length).toBeLessThanOrEqual(400);
    expect(trips.length).toBeGreaterThan(0);
    expect(Math.max(...curve.map(({ logE }) => logE ?? -Infinity))).toBeGreaterThanOrEqual(Math.log(100));
  });
});
