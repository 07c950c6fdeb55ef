import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binomial, judgeWindows } from '../../../test/support/judging.js';
import type { GuardInput } from '../guard.js';
import type { GuardRecord } from './guard-record.js';
import { isHarmless, noExcessLlr, noHarmLlr, noHarmSince, noLossLlr } from './no-harm.js';
import type { ArmCounts, MetricWindow } from './reading.js';
import { freshRecord } from './record.js';
import type { GuardedStep } from './situation.js';

const SECOND = 1_000;

const size = fc.integer({ min: 1, max: 20 });
const threshold = fc.double({ min: 1e-6, max: 1, noNaN: true });
const unit = fc.double({ min: 0, max: 1, noNaN: true });

describe('evidence that there is no harm', () => {
  it('is a fair bet or worse while the new arm is at least twice as bad, at any baseline and split', () => {
    fc.assert(
      fc.property(size, size, unit, unit, (newTotal, controlTotal, half, more) => {
        const p = half / 2;
        const fresh = binomial(newTotal, Math.min(1, 2 * p + more * (1 - 2 * p)));
        let mean = 0;
        for (const [controlBad, chance] of binomial(controlTotal, p).entries())
          for (const [newBad, other] of fresh.entries())
            mean += chance * other * Math.exp(noHarmLlr({ newBad, newTotal, controlBad, controlTotal }));
        expect(mean).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it('is a fair bet or worse while the new arm has at least twice what is allowed', () => {
    fc.assert(
      fc.property(size, threshold, unit, (newTotal, half, more) => {
        const allowed = half / 2;
        const p = 2 * allowed + more * (1 - 2 * allowed);
        const mean = binomial(newTotal, p).reduce((sum, chance, newBad) => {
          const counts = { newBad, newTotal, controlBad: 0, controlTotal: 0 };
          return sum + chance * Math.exp(noExcessLlr(counts, allowed));
        }, 0);
        expect(mean).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it('is a fair bet or worse while the new arm has at most half the events', () => {
    const exposure = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(size, exposure, exposure, unit, (events, newTotal, controlTotal, less) => {
        const rate = 0.5 * less * newTotal;
        const mean = binomial(events, rate / (rate + controlTotal)).reduce((sum, chance, newBad) => {
          const counts = { newBad, newTotal, controlBad: events - newBad, controlTotal };
          return sum + chance * Math.exp(noLossLlr(counts));
        }, 0);
        expect(mean).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it('needs about ten errors that were to be expected, at a small split', () => {
    const after = (errors: number): number =>
      noHarmLlr({ newBad: errors, newTotal: 1_000, controlBad: errors * 99, controlTotal: 99_000 });
    expect(isHarmless(after(9))).toBe(false);
    expect(isHarmless(after(11))).toBe(true);
  });
});

const STEP: GuardedStep = { startedAt: 10 * SECOND, holdMs: 600 * SECOND, goesEarly: true };
const RATIO: Partial<GuardInput> = { margin: 1 };
const BOUNDS = { bounds: [100, 250] };
const times = (buckets: readonly number[]): ArmCounts => ({
  bad: 0,
  total: buckets.reduce((sum, count) => sum + count, 0),
  buckets,
});
const EQUAL: readonly [ArmCounts, ArmCounts] = [
  { bad: 2, total: 100 },
  { bad: 20, total: 1_000 },
];

function windowOf(
  from: number,
  [fresh, control]: readonly [ArmCounts, ArmCounts | null],
  more: Partial<MetricWindow> = {},
): MetricWindow {
  return { from: from * SECOND, to: (from + 5) * SECOND, new: fresh, control, ...more };
}

function judged(
  windows: readonly MetricWindow[],
  {
    guard = RATIO,
    step = STEP,
    record = freshRecord(1, 0),
  }: {
    guard?: Partial<GuardInput>;
    step?: GuardedStep | null;
    record?: GuardRecord;
  } = {},
): GuardRecord {
  return judgeWindows(windows, { guard: { phi: 1, ...guard }, record, step }).record;
}

describe('what a guard keeps of it', () => {
  it.each<[string, Partial<GuardInput>, readonly [ArmCounts, ArmCounts | null], readonly number[]]>([
    ['a ratio, against the control', RATIO, EQUAL, [2 * Math.log(0.5) - 22 * Math.log(1_100 / 1_200)]],
    ['a ratio, by phi', { ...RATIO, phi: 2 }, EQUAL, [Math.log(0.5) - 11 * Math.log(1_100 / 1_200)]],
    [
      'a ratio, against its threshold',
      { threshold: 0.02 },
      [{ bad: 2, total: 100 }, null],
      [2 * Math.log(0.5) + 2],
    ],
    [
      'a ratio without traffic',
      RATIO,
      [
        { bad: 0, total: 0 },
        { bad: 1, total: 9 },
      ],
      [],
    ],
    [
      'a drop, by what must not become fewer',
      { kind: 'drop', margin: 0.95 },
      [
        { bad: 10, total: 100 },
        { bad: 100, total: 1_000 },
      ],
      [10 * Math.log(2) - 110 * Math.log(1_100 / 1_050)],
    ],
    [
      'a mean, nothing',
      {
        kind: 'mean',
        margin: 1,
        mean: { worse: 'higher' },
        template: null,
        query: { sum: 's', total: 't', arm: { label: 'v', new: 'a', control: 'b' } },
      },
      [
        { bad: 0, total: 10, sum: 5 },
        { bad: 0, total: 10, sum: 5 },
      ],
      [],
    ],
  ])('%s', (_, guard, arms, logs) => {
    const { noHarm } = judged([windowOf(10, arms)], { guard });
    expect(noHarm?.since).toBe(STEP.startedAt);
    expect(noHarm?.logs).toHaveLength(logs.length);
    noHarm?.logs.forEach((log, i) => expect(log).toBeCloseTo(logs[i] ?? NaN, 9));
  });

  it('at each bound that is watched, and the least of them counts', () => {
    const arms = [times([80, 15, 5]), times([800, 150, 50])] as const;
    const guard: Partial<GuardInput> = { kind: 'latency', margin: 1.1 };
    const choosing = judged([windowOf(10, arms, BOUNDS)], { guard });
    expect(choosing.noHarm).toEqual({ since: STEP.startedAt, logs: [] });
    const { noHarm } = judged([windowOf(15, arms, BOUNDS)], { guard, record: choosing });
    const at = (bad: number): number =>
      noHarmLlr({ newBad: bad, newTotal: 100, controlBad: 10 * bad, controlTotal: 1_000 });
    expect(noHarm?.logs).toEqual([at(20), at(5)]);
    expect(noHarmSince(noHarm, STEP.startedAt)).toBe(at(5));
  });

  it('begins anew with each step, and a window that began before it is left out', () => {
    const first = judged([windowOf(10, EQUAL)]);
    const step = { ...STEP, startedAt: 17 * SECOND };
    const between = judged([windowOf(15, EQUAL)], { record: first, step });
    expect(between.noHarm).toEqual({ since: step.startedAt, logs: [] });
    const next = judged([windowOf(20, EQUAL)], { record: between, step });
    expect(next.noHarm).toEqual({ since: step.startedAt, logs: first.noHarm?.logs });
    expect(noHarmSince(next.noHarm, STEP.startedAt)).toBeNull();
  });

  it('is nothing where the step does not go by it', () => {
    const asked = judged([windowOf(10, EQUAL)]);
    const step = { startedAt: STEP.startedAt, holdMs: STEP.holdMs };
    expect(judged([windowOf(10, EQUAL)], { step }).noHarm).toBeUndefined();
    expect(judged([windowOf(15, EQUAL)], { step, record: asked }).noHarm).toBeNull();
    expect(judged([windowOf(10, EQUAL)], { step: null }).noHarm).toBeUndefined();
  });

  it('adds up over windows, whatever they are cut into', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(90)), { minLength: 1, maxLength: 9 }), (counts) => {
        const windows = counts.map(([bad, other], i) =>
          windowOf(10 + 5 * i, [
            { bad, total: 100 },
            { bad: other, total: 1_000 },
          ]),
        );
        const sum = (pick: 0 | 1): number => counts.reduce((all, one) => all + one[pick], 0);
        const whole = noHarmLlr({
          newBad: sum(0),
          newTotal: 100 * counts.length,
          controlBad: sum(1),
          controlTotal: 1_000 * counts.length,
        });
        expect(noHarmSince(judged(windows, { guard: { margin: 50 } }).noHarm, STEP.startedAt)).toBeCloseTo(
          whole,
          9,
        );
      }),
    );
  });
});
