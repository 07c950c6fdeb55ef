import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binomial, judgeBy, parsedGuard, windowAt } from '../../../../test/support/judging.js';
import { type Chances, pairsOf, worthOf } from '../../../../test/support/worth.js';
import type { GuardInput } from '../../guard.js';
import type { GuardRecord } from '../guard-record.js';
import type { ArmCounts, MetricWindow } from '../reading.js';

const ARM = { label: 'v', new: 'a', control: 'b' };
const COUNTED = { template: null, query: { bad: 'x', total: 'n', arm: ARM }, phi: 1 } as const;

/** `total` requests in three buckets: all that they can be, with their chances. */
function histograms(total: number, [a, b]: readonly [number, number]): Chances {
  return binomial(total, a).flatMap((chance, fast) =>
    binomial(total - fast, b / (1 - a)).map((other, middling): readonly [ArmCounts, number] => [
      { bad: 0, total, buckets: [fast, middling, total - fast - middling] },
      chance * other,
    ]),
  );
}

describe('evidence over two windows, while nothing is worse than it may be', () => {
  const bounds = [100, 250];
  const latency = { kind: 'latency', template: null, query: { buckets: 'b', arm: ARM }, phi: 1 } as const;

  // What was expected of the control is far off in each: that costs power only.
  it.each<[what: string, margin: number, fresh: readonly [number, number], expected: readonly number[]]>([
    ['as fast', 1, [0.6, 0.3], [100, 200, 700]],
    ['slower by what is forgiven', 1.5, [0.4, 0.45], [900, 90, 10]],
  ])('is worth at most the mass spent: latency, %s', (_, margin, fresh, expected) => {
    const outcomes = pairsOf(histograms(2, fresh), histograms(2, [0.6, 0.3]));
    const history = { bounds, reading: { earlier: { bounds, control: expected } } };
    const { once, twice, spent } = worthOf(parsedGuard({ ...latency, margin }), outcomes, history);
    expect(once).toBeGreaterThan(0.1);
    expect(once).toBeLessThan(0.7 + 1e-9);
    expect(twice).toBeLessThan(spent + 1e-9);
  });

  it.each([
    [0.95, 1],
    [0.95, 0.95],
    [0.8, 1.3],
  ])('is worth at most the mass spent: a drop to no less than %d, at %d', (margin, rate) => {
    // Of so many events in both arms, whose exposure is 30 and 70, these are the new arm's.
    const outcomes = binomial(5, (rate * 30) / (rate * 30 + 70)).map((chance, bad) => ({
      fresh: { bad, total: 30 },
      control: { bad: 5 - bad, total: 70 },
      chance,
    }));
    const { once, twice, spent } = worthOf(parsedGuard({ ...COUNTED, kind: 'drop', margin }), outcomes);
    expect(once).toBeLessThan(0.7 + 1e-9);
    expect(twice).toBeLessThan(spent + 1e-9);
  });

  it.each([2, 3])(
    'is worth at most the mass spent where bad ones come %d at a time, and phi is that',
    (phi) => {
      const inClusters = (clusters: number, share: number): Chances =>
        binomial(clusters, share).map((chance, bad) => [{ bad: bad * phi, total: clusters * phi }, chance]);
      const outcomes = pairsOf(inClusters(3, 0.24), inClusters(4, 0.2));
      const guard = { ...COUNTED, margin: 1.2 };
      const { once, twice, spent } = worthOf(parsedGuard({ ...guard, phi }), outcomes);
      expect(once).toBeLessThan(0.7 + 1e-9);
      expect(twice).toBeLessThan(spent + 1e-9);
      expect(worthOf(parsedGuard({ ...guard, phi: 1 }), outcomes).once).toBeGreaterThan(0.7);
    },
  );
});

describe('scale', () => {
  const count = fc.tuple(fc.nat(30), fc.integer({ min: 30, max: 60 }));
  const history = fc.array(fc.tuple(count, count), { minLength: 1, maxLength: 40 });
  const times = fc.integer({ min: 2, max: 9 });
  type History = readonly (readonly [readonly [number, number], readonly [number, number]])[];

  function windowsOf(
    counts: History,
    grown: { readonly bad: number; readonly total: number },
  ): MetricWindow[] {
    const arm = ([bad, total]: readonly [number, number]): ArmCounts => ({
      bad: bad * grown.bad,
      total: total * grown.total,
    });
    return counts.map(([fresh, control], i) => windowAt(i, arm(fresh), arm(control)));
  }

  const judged = (fields: Partial<GuardInput>, windows: readonly MetricWindow[]): GuardRecord =>
    judgeBy(parsedGuard({ ...COUNTED, ...fields }), windows, {}).record;

  it.each<[string, Partial<GuardInput>]>([
    ['a threshold', {}],
    ['a floor', { margin: 1.2 }],
  ])('of traffic is nothing to %s that falls with it', (_, fields) => {
    fc.assert(
      fc.property(history, times, (counts, factor) => {
        const once = judged({ ...fields, threshold: 0.3 }, windowsOf(counts, { bad: 1, total: 1 }));
        const busier = windowsOf(counts, { bad: 1, total: factor });
        const grown = judged({ ...fields, threshold: 0.3 / factor }, busier);
        expect(grown.logE).toBeCloseTo(once.logE ?? NaN, 6);
        expect(grown.state).toBe(once.state);
      }),
      { numRuns: 40 },
    );
  });

  it.each<[string, (times: number) => Partial<GuardInput>]>([
    ['burn', () => ({ kind: 'burn', burn: { slo: 0.9, pairs: [{ long: 120, short: 30, rate: 4 }] } })],
    ['kOfN', (by) => ({ kind: 'kOfN', threshold: 0.4, kOfN: { k: 3, of: 5, minTotal: 50 * by } })],
    ['topline', () => ({ kind: 'topline', topline: { slo: 0.9, rate: 4 } })],
  ])('of all counts is nothing to a rule of shares: %s', (_, fieldsAt) => {
    fc.assert(
      fc.property(history, times, (counts, by) => {
        const once = judged({ ...fieldsAt(1), minEvents: 1 }, windowsOf(counts, { bad: 1, total: 1 }));
        const grown = judged({ ...fieldsAt(by), minEvents: 1 }, windowsOf(counts, { bad: by, total: by }));
        expect([grown.state, grown.watermark, grown.windows]).toEqual([
          once.state,
          once.watermark,
          once.windows,
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('of all counts is a factor of the evidence of a first window', () => {
    const few = fc.tuple(fc.nat(9), fc.integer({ min: 9, max: 60 }));
    const guard = { margin: 1.2, alpha: 1e-9 };
    fc.assert(
      fc.property(few, few, times, (fresh, control, by) => {
        const logsAt = (grown: number): number[] => {
          const windows = windowsOf([[fresh, control]], { bad: grown, total: grown });
          return judged(guard, windows).logs.map((log) => (log ?? NaN) - Math.log(0.7));
        };
        const once = logsAt(1);
        logsAt(by).forEach((log, k) => expect(log).toBeCloseTo((once[k] ?? NaN) * by, 6));
      }),
      { numRuns: 60 },
    );
  });
});
