import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeWindows, parsedGuard } from '../../../../test/support/judging.js';
import { badOf, pairsOf, worthOf } from '../../../../test/support/worth.js';
import type { GuardInput } from '../../guard.js';
import type { GuardRecord } from '../guard-record.js';
import type { Verdict } from '../judge.js';
import type { ArmCounts, MetricWindow } from '../reading.js';
import { freshRecord } from '../record.js';
import { countFor, seeded } from '../seeded-counts.js';

const STEP = 10_000;
const ARM = { label: 'v', new: 'a', control: 'b' };
const COUNTED = { query: { bad: 'x', total: 'n', arm: ARM } };
const BOUNDS = [100, 250, 500];

const KINDS = {
  ratio: { ...COUNTED, margin: 1.2 },
  floor: { ...COUNTED, margin: 1.2, threshold: 0.01 },
  absolute: { ...COUNTED, threshold: 0.05 },
  latency: { kind: 'latency', margin: 1.1, query: { buckets: 'b', arm: ARM } },
  mean: { kind: 'mean', margin: 1, mean: { worse: 'higher' }, query: { sum: 's', total: 'n', arm: ARM } },
  drop: { ...COUNTED, kind: 'drop', margin: 0.95 },
  burn: { ...COUNTED, kind: 'burn', burn: { slo: 0.95, pairs: [{ long: 300, short: 60, rate: 2 }] } },
  kOfN: { ...COUNTED, kind: 'kOfN', threshold: 0.15, kOfN: { k: 3, of: 5, minTotal: 20 } },
  topline: { ...COUNTED, kind: 'topline', topline: { slo: 0.95, rate: 2 } },
} as const satisfies { readonly [name: string]: Partial<GuardInput> };
/** Of each of them. */
const FIELDS = { template: null, phi: 1 } as const;
type Name = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Name[];

function judged(name: Name, windows: readonly MetricWindow[], record = freshRecord(1, 0)): Verdict {
  return judgeWindows(windows, {
    guard: { ...FIELDS, ...KINDS[name] },
    record,
    reading: { windowLength: STEP },
    step: { startedAt: 0, holdMs: 600_000 },
  });
}

interface Rates {
  /** Share of bad, slow or counted events, and the mean of a value. */
  readonly fresh: number;
  readonly control: number;
}

/** One arm of one window, with all that any kind looks at: independent events at a share, values around it. */
function armOf(total: number, share: number, random: () => number): ArmCounts {
  const upTo = [0.4, 0.1, 0.02].map((tail) => Math.min(1, (tail * share) / 0.05));
  const above = upTo.reduce<number[]>((counts, tail, i) => {
    const most = counts[i - 1] ?? total;
    return [...counts, Math.min(most, countFor(total * tail, random))];
  }, []);
  const buckets = [total, ...above].map((count, i) => count - (above[i] ?? 0));
  const values = Array.from({ length: total }, () => 20 * share * -Math.log(1 - random()));
  const sum = values.reduce((all, value) => all + value, 0);
  return { bad: Math.min(total, countFor(total * share, random)), total, sum, buckets };
}

function windowsOf(seed: number, count: number, { fresh, control }: Rates): MetricWindow[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => ({
    from: i * STEP,
    to: (i + 1) * STEP,
    new: armOf(40, fresh, random),
    control: armOf(120, control, random),
    bounds: BOUNDS,
  }));
}

const HEALTHY = { fresh: 0.05, control: 0.05 };
const WORSE: { readonly [name in Name]: Rates } = {
  ratio: { fresh: 0.3, control: 0.05 },
  floor: { fresh: 0.3, control: 0.05 },
  absolute: { fresh: 0.3, control: 0.05 },
  latency: { fresh: 0.12, control: 0.05 },
  mean: { fresh: 0.15, control: 0.05 },
  drop: { fresh: 0.005, control: 0.05 },
  burn: { fresh: 0.3, control: 0.05 },
  kOfN: { fresh: 0.3, control: 0.05 },
  topline: { fresh: 0.3, control: 0.3 },
};

describe.each(NAMES)('a guard of kind %s', (name) => {
  it('learns nothing from a reading that it has had', () => {
    const windows = windowsOf(3, 80, HEALTHY);
    const { record } = judged(name, windows);
    expect(record.windows).toBeGreaterThan(0);
    expect(judged(name, windows, record).record).toBe(record);
    expect(judged(name, windows.slice(-5), record).record).toBe(record);
  });

  it('ends where it ends, whether it reads windows one by one or all at once', () => {
    const windows = windowsOf(5, 80, HEALTHY);
    const oneByOne = windows.reduce<GuardRecord>(
      (record, one) => judged(name, [one], record).record,
      freshRecord(1, 0),
    );
    expect(oneByOne).toEqual(judged(name, windows).record);
  });

  it('closes what is worse, and not what is as good', () => {
    expect(judged(name, windowsOf(7, 80, WORSE[name])).decision).toBe('trip');
    expect(judged(name, windowsOf(7, 80, HEALTHY)).record.trip).toBeNull();
  });

  it('says nothing of a time without traffic, and spends no mass on it', () => {
    const none = { bad: 0, total: 0, sum: 0, buckets: [0, 0, 0, 0] };
    const windows = windowsOf(9, 3, HEALTHY).map((one) => ({ ...one, new: none, control: none }));
    expect(judged(name, windows).record).toMatchObject({ logE: null, spent: 0, windows: 0, trip: null });
  });
});

/** The same traffic, so many times as much of it. */
function busier(window: MetricWindow, times: number): MetricWindow {
  const more = (arm: ArmCounts | null): ArmCounts | null => arm && { ...arm, total: arm.total * times };
  return { ...window, new: more(window.new), control: more(window.control) };
}

describe('scale', () => {
  const times = fc.integer({ min: 2, max: 50 });
  const seed = fc.nat(1_000);

  it.each(['ratio', 'drop'] as const)(
    'of traffic is nothing to a guard of kind %s: only who has the events is',
    (name) => {
      fc.assert(
        fc.property(seed, times, (one, factor) => {
          const windows = windowsOf(one, 5, HEALTHY);
          const more = judged(
            name,
            windows.map((window) => busier(window, factor)),
          );
          expect(more.logE).toBeCloseTo(judged(name, windows).logE ?? NaN, 9);
        }),
        { numRuns: 30 },
      );
    },
  );

  it('of a value is nothing to a mean: the effect that matters is a part of the control’s', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (one, factor) => {
        const windows = windowsOf(one, 60, HEALTHY);
        const scaled = (arm: ArmCounts | null): ArmCounts | null =>
          arm && { ...arm, sum: (arm.sum ?? 0) * factor };
        const of = (all: readonly MetricWindow[]): number | null =>
          judged(
            'mean',
            all.map((each) => ({ ...each, bounds: undefined })),
          ).logE;
        const other = windows.map((window) => ({
          ...window,
          new: scaled(window.new),
          control: scaled(window.control),
        }));
        expect(of(other)).toBeCloseTo(of(windows) ?? NaN, 6);
      }),
      { numRuns: 10 },
    );
  });

  it('of the bounds is nothing to latency', () => {
    const windows = windowsOf(11, 30, HEALTHY);
    const seconds = windows.map((window) => ({ ...window, bounds: BOUNDS.map((bound) => bound / 1_000) }));
    expect(judged('latency', seconds).logE).toBe(judged('latency', windows).logE);
  });
});

describe('additivity', () => {
  it.each(['ratio', 'floor', 'absolute', 'drop', 'burn', 'topline'] as const)(
    'of counts over windows: %s',
    (name) => {
      const windows = windowsOf(13, 20, HEALTHY);
      const { sums, expected } = judged(name, windows).record;
      const each = windows.map((window) => judged(name, [window]).record);
      const total = (pick: (record: GuardRecord) => number): number =>
        each.reduce((sum, record) => sum + pick(record), 0);
      expect(sums).toEqual({
        newBad: total((record) => record.sums.newBad),
        newTotal: total((record) => record.sums.newTotal),
        controlBad: total((record) => record.sums.controlBad),
        controlTotal: total((record) => record.sums.controlTotal),
      });
      expect(expected).toBeCloseTo(
        total((record) => record.expected),
        9,
      );
    },
  );
});

describe('evidence against a new arm that is within what is allowed', () => {
  it.each([
    ['ratio', 0.3, 1.2 * 0.3],
    ['ratio', 0.02, 1.2 * 0.02],
    ['ratio', 0.5, 0.1],
    ['floor', 0.3, 1.2 * 0.3],
    ['absolute', 0.9, 0.05],
  ] as const)(
    'is at most the mass spent, over all that two windows can bring: %s at %d',
    (name, control, fresh) => {
      const outcomes = pairsOf(badOf(3, fresh), badOf(5, control));
      const { once, twice, spent } = worthOf(parsedGuard({ ...FIELDS, ...KINDS[name] }), outcomes);
      expect(once).toBeLessThan(0.7 + 1e-9);
      expect(twice).toBeLessThan(spent + 1e-9);
    },
  );

  it.each(['latency', 'mean', 'drop'] as const)(
    'is at most 1 on average over seeded runs, and seldom much: %s',
    (name) => {
      const runs = Array.from(
        { length: 200 },
        (_, i) => judged(name, windowsOf(100 + i, 60, HEALTHY)).record,
      );
      const values = runs.map(({ logE }) => Math.exp(logE ?? -Infinity));
      expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeLessThan(1);
      // A chance of at most 1 in 100 each: 7 and more of 200 come once in 200 times.
      expect(runs.filter(({ trip }) => trip !== null).length).toBeLessThan(7);
    },
  );
});

describe('what states no rate of false alarms', () => {
  it.each(['burn', 'kOfN'] as const)('blames nobody while the control is as bad: %s', (name) => {
    fc.assert(
      fc.property(fc.nat(1_000), (seed) => {
        const { record } = judged(name, windowsOf(seed, 60, { fresh: 0.8, control: 0.8 }));
        expect(record.trip).toBeNull();
        expect(record.state).toBe('suspect');
      }),
      { numRuns: 20 },
    );
  });
});
