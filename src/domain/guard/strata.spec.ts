import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binomial, judgeWindows, STEP } from '../../../test/support/judging.js';
import { guardErrors } from '../guard-checks.js';
import { type GuardInput, guardSchema } from '../guard.js';
import { presentForm } from '../stored-form.js';
import { RATIO_GRID, RATIO_WEIGHTS } from './accumulate.js';
import type { GuardRecord } from './guard-record.js';
import type { Verdict } from './judge.js';
import type { ArmCounts, MetricWindow, Stratum } from './reading.js';
import { type PairedCounts, splitLlr } from './split-llr.js';

const ARM = { label: 'version', new: 'v2', control: 'v1' };
const QUERY = { bad: 'errors', total: 'requests', arm: ARM };
const BY_REGION: Partial<GuardInput> = { margin: 1, phi: 1, strata: { label: 'region' } };

type Pair = readonly [newBad: number, newTotal: number, controlBad: number, controlTotal: number];

const armOf = (bad: number, total: number): ArmCounts | null => (total === 0 ? null : { bad, total });
const stratumOf = ([nb, nt, cb, ct]: Pair, i: number): Stratum => ({
  value: `region-${i}`,
  new: armOf(nb, nt),
  control: armOf(cb, ct),
});
const countsOf = ([newBad, newTotal, controlBad, controlTotal]: Pair): PairedCounts => ({
  newBad,
  newTotal,
  controlBad,
  controlTotal,
});

function windowOf(i: number, pairs: readonly Pair[]): MetricWindow {
  const sum = (at: 0 | 1 | 2 | 3): number => pairs.reduce((all, pair) => all + pair[at], 0);
  return {
    from: i * STEP,
    to: (i + 1) * STEP,
    new: { bad: sum(0), total: sum(1) },
    control: { bad: sum(2), total: sum(3) },
    strata: pairs.map(stratumOf),
  };
}

function judged(windows: readonly MetricWindow[], fields: Partial<GuardInput> = BY_REGION): Verdict {
  return judgeWindows(windows, { guard: { template: null, query: QUERY, ...fields } });
}

const pair = fc.tuple(
  fc.nat(5),
  fc.integer({ min: 5, max: 90 }),
  fc.nat(9),
  fc.integer({ min: 9, max: 900 }),
);
const pairs = fc.array(pair, { minLength: 1, maxLength: 6 });

describe('a guard with strata', () => {
  it('adds up what it finds in each, whatever their order', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const sum = RATIO_GRID.reduce((all, step, k) => {
          const llr = given.reduce((log, one) => log + splitLlr(countsOf(one), step, 1), 0);
          return all + (RATIO_WEIGHTS[k] ?? 0) * 0.7 * Math.exp(llr);
        }, 0);
        const { record } = judged([windowOf(0, given)]);
        expect(record.logE).toBeCloseTo(Math.log(sum), 9);
        expect(judged([windowOf(0, given.toReversed())]).logE).toBeCloseTo(Math.log(sum), 9);
        expect(record.sums).toEqual(
          countsOf(
            given.reduce<Pair>(([a, b, c, d], [e, f, g, h]) => [a + e, b + f, c + g, d + h], [0, 0, 0, 0]),
          ),
        );
      }),
    );
  });

  it('says what one without would where there is one value', () => {
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 9 }), (given) => {
        const windows = given.map((one, i) => windowOf(i, [one]));
        const whole = judged(windows, { ...BY_REGION, strata: null });
        const { logE, record } = judged(windows);
        expect(logE).toBe(whole.logE);
        expect(record.memory).toEqual(whole.record.memory);
        expect(record.expected).toBe(whole.record.expected);
      }),
    );
  });

  it('is a fair bet or worse while the new arm is within the margin in each, whatever their baselines', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const size = fc.integer({ min: 1, max: 4 });
    const one = fc.record({ newTotal: size, controlTotal: size, p: share, less: share });
    fc.assert(
      fc.property(one, one, (a, b) => {
        let mean = 0;
        for (const [first, chance] of outcomes(a))
          for (const [second, other] of outcomes(b)) {
            const { logE } = judged([windowOf(0, [first, second])]);
            mean += chance * other * Math.exp(logE ?? 0);
          }
        expect(mean).toBeLessThan(0.7 + 1e-9);
      }),
      { numRuns: 20 },
    );
  });

  it('does not blame a version for having more of the region that fails more', () => {
    const windows = Array.from({ length: 40 }, (_, i) =>
      windowOf(i, [
        [10, 100, 10, 100],
        [0, 10, 1, 1_000],
      ]),
    );
    expect(judged(windows, { ...BY_REGION, strata: null }).decision).toBe('trip');
    expect(judged(windows).decision).toBe('go');
  });

  it('finds what is worse in one region only', () => {
    const windows = Array.from({ length: 20 }, (_, i) =>
      windowOf(i, [
        [9, 100, 2, 100],
        [1, 100, 10, 1_000],
      ]),
    );
    expect(judged(windows).decision).toBe('trip');
  });

  it('learns nothing from a value that only one arm has', () => {
    const alone = judged([
      windowOf(0, [
        [1, 50, 9, 950],
        [40, 50, 0, 0],
      ]),
    ]);
    expect(alone.logE).toBe(judged([windowOf(0, [[1, 50, 9, 950]])]).logE);
    expect(alone.record.sums).toMatchObject({ newBad: 1, newTotal: 50 });
    const apart = judged([
      windowOf(0, [
        [1, 50, 0, 0],
        [0, 0, 9, 950],
      ]),
    ]);
    expect(apart).toMatchObject({ state: 'warming', logE: null });
    expect(apart.record).toMatchObject({
      spent: 0,
      trouble: expect.stringContaining('one value of "region"'),
    });
  });

  it('merges a window whose counts can’t be true with the next, value by value', () => {
    const torn = judged([
      windowOf(0, [
        [3, 2, 0, 90],
        [0, 50, 0, 90],
      ]),
    ]);
    expect(torn.record).toMatchObject({ windows: 0, carry: { merged: 1 } });
    const next = judged([
      windowOf(0, [
        [3, 2, 0, 90],
        [0, 50, 0, 90],
      ]),
      windowOf(1, [
        [0, 8, 1, 10],
        [1, 50, 0, 10],
      ]),
    ]);
    const whole = judged([
      windowOf(0, [
        [3, 10, 1, 100],
        [1, 100, 0, 100],
      ]),
    ]);
    expect(next.record).toMatchObject({ windows: 1, carry: null, logE: whole.logE, sums: whole.record.sums });
  });

  it.each<[string, MetricWindow, RegExp]>([
    [
      'too many values',
      windowOf(
        0,
        Array.from({ length: 11 }, (): Pair => [0, 9, 0, 9]),
      ),
      /"region" has 11 values.*at most 10/,
    ],
    [
      'no values',
      { ...windowOf(0, [[0, 9, 0, 9]]), strata: undefined },
      /tells no values of the label "region"/,
    ],
    ['no counts', windowOf(0, [[Number.NaN, 9, 0, 9]]), /NaN is no count/],
  ])('is blind where the source tells %s', (_, window, words) => {
    const { state, record } = judged([window]);
    expect(state).toBe('blind');
    expect(record.trouble).toMatch(words);
    expect(record.troubleCode).toBe(window.strata?.length === 1 ? 'BAD_COUNT' : 'BAD_STRATA');
    expect(record.windows).toBe(0);
  });

  it('adds up what shows no harm as well, and holds all of it against a floor, whatever it is cut into', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const fields = { template: null, query: QUERY, ...BY_REGION, threshold: 0.01 };
        const step = { startedAt: 0, holdMs: 60_000, goesEarly: true } as const;
        const recordOf = (guard: Partial<GuardInput>): GuardRecord =>
          judgeWindows([windowOf(0, given)], { guard, step }).record;
        const record = recordOf(fields);
        const sum = given.reduce((log, one) => log + splitLlr(countsOf(one), 1, 2), 0);
        expect(record.noHarm?.logs[0]).toBeCloseTo(sum, 9);
        const whole = recordOf({ ...fields, strata: null });
        const floorOf = ({ memory }: GuardRecord): unknown => memory?.kind === 'ratio' && memory.floor;
        expect(floorOf(record)).toEqual(floorOf(whole));
      }),
    );
  });

  it('adds up drops as well', () => {
    const fields: Partial<GuardInput> = { ...BY_REGION, kind: 'drop', margin: 0.95 };
    const given: Pair[] = [
      [10, 100, 100, 1_000],
      [2, 50, 90, 900],
    ];
    const both = judged([windowOf(0, given)], fields).record;
    const each = given.map((one) => judged([windowOf(0, [one])], fields).record);
    both.logs.forEach((log, k) => {
      const sum = each.reduce((all, { logs }) => all + (logs[k] ?? 0) - Math.log(0.7), Math.log(0.7));
      expect(log).toBeCloseTo(sum, 9);
    });
  });
});

const failing = (bad: string, total: string, label: string): Partial<GuardInput> => ({
  query: { bad, total, arm: ARM },
  strata: { label },
});

describe('strata of a guard', () => {
  it.each<[string, Partial<GuardInput>, string[]]>([
    ['a ratio with a margin', {}, []],
    ['a drop', { kind: 'drop', margin: 0.9 }, []],
    ['a threshold alone', { margin: null, threshold: 0.1 }, ['strata']],
    ['latency', { kind: 'latency', query: { buckets: 'b', arm: ARM } }, ['strata']],
    ['the label of the arms', { strata: { label: 'version' } }, ['strata.label']],
    [
      'the label of a template’s arms',
      { query: null, template: 'istio', strata: { label: 'destination_version' } },
      ['strata.label'],
    ],
    [
      'the label of a template’s failures',
      { query: null, template: 'istio', strata: { label: 'response_code' } },
      ['strata.label'],
    ],
    ['the label of a query’s failures', failing('r{code="500"}', 'r', 'code'), ['strata.label']],
    [
      'the label of a query’s failures, of which the total asks less',
      failing('r{code=~"5..",job="a"}', 'r{code!="",job="a"}', 'code'),
      ['strata.label'],
    ],
    [
      'a label that all of a query is asked for alike',
      failing('r{code="500",zone=~"eu|us"}', 'r{zone=~"eu|us"}', 'zone'),
      [],
    ],
    [
      'another label of a template’s metric',
      { query: null, template: 'istio', strata: { label: 'source_cluster' } },
      [],
    ],
    ['events', { source: 'events', query: null, events: { flag: 'f', bad: 'b' } }, ['strata']],
  ])('%s', (_, fields, expected) => {
    const guard = guardSchema.parse({
      key: 'g',
      source: 'prometheus',
      query: QUERY,
      ...BY_REGION,
      ...fields,
    });
    expect(guardErrors(guard).map(({ field }) => field)).toEqual(expected);
  });

  it('are none in a guard that was stored before there were any, and at most 20', () => {
    expect(presentForm('guard', { key: 'g' })).toMatchObject({ strata: null });
    const most = (count: number): boolean =>
      guardSchema.safeParse({ key: 'g', source: 'prometheus', strata: { label: 'a', most: count } }).success;
    expect([1, 2, 20, 21].map(most)).toEqual([false, true, true, false]);
  });
});

/** All counts of one stratum with their chances, the new arm at most as bad as the control. */
function outcomes({
  newTotal,
  controlTotal,
  p,
  less,
}: {
  newTotal: number;
  controlTotal: number;
  p: number;
  less: number;
}): [Pair, number][] {
  return binomial(newTotal, p * less).flatMap((chance, newBad) =>
    binomial(controlTotal, p).map((other, controlBad): [Pair, number] => [
      [newBad, newTotal, controlBad, controlTotal],
      chance * other,
    ]),
  );
}
