import { describe, expect, it } from '@jest/globals';
import { judgeBy, parsedGuard } from '../../../test/support/judging.js';
import type { GuardInput } from '../guard.js';
import { foretoldSeconds } from './foretold.js';
import type { ArmCounts, MetricWindow } from './reading.js';
import { freshRecord } from './record.js';
import { countFor, seeded } from './seeded-counts.js';
import type { Usual } from './usual.js';

const LENGTH = 5;
/** ms */
const DAY = 86_400_000;
const STEP = { startedAt: 0, holdMs: DAY };
const RUNS = 15;
const PER_SECOND = 100;
const BOUNDS = [0.1, 0.5, 1];
/** Shares above each of them. */
const TAILS = [0.3, 0.05, 0.01];
const USUAL: Usual = {
  perSecond: PER_SECOND,
  badShare: 0.02,
  tails: TAILS.map((share, i) => ({ bound: BOUNDS[i] ?? null, share })),
  mean: 10,
  scatter: 12,
  windowSeconds: LENGTH,
};

type Arm = (expected: number, times: number, random: () => number) => ArmCounts;

const ARMS: { readonly [kind: string]: Arm } = {
  ratio: (expected, times, random) => counted(expected, 0.02 * times, random),
  drop: (expected, times, random) => ({
    bad: countFor((expected * 0.02) / times, random),
    total: Math.round(expected),
  }),
  latency: (expected, times, random) => {
    const above = [1, ...TAILS.map((tail) => Math.min(0.999, tail * times)), 0];
    const buckets = above
      .slice(0, -1)
      .map((share, i) => countFor(expected * (share - (above[i + 1] ?? 0)), random));
    return { bad: 0, total: buckets.reduce((sum, count) => sum + count, 0), buckets };
  },
  mean: (expected, times, random) => {
    const total = Math.round(expected);
    // A sum of many is as good as normal.
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return { bad: 0, total, sum: 10 * times * total + z * 12 * Math.sqrt(total) };
  },
};

function counted(expected: number, share: number, random: () => number): ArmCounts {
  const bad = countFor(expected * share, random);
  return { bad, total: bad + countFor(expected * (1 - share), random) };
}

/** The median of seconds after which the code that judges trips, of seeded runs. */
function simulated(input: Partial<GuardInput>, share: number, times: number): number {
  const guard = guardOf(input);
  const random = seeded(7);
  const found = Array.from({ length: RUNS }, () => run(guard, ARMS[guard.kind], { share, times, random }));
  return found.sort((a, b) => a - b)[(RUNS - 1) / 2] ?? Infinity;
}

function run(
  guard: ReturnType<typeof guardOf>,
  arm: Arm | undefined,
  { share, times, random }: { readonly share: number; readonly times: number; readonly random: () => number },
): number {
  const ms = LENGTH * 1_000;
  let record = freshRecord(0, 0);
  for (let i = 0; i < 4_000; i += 1) {
    const window: MetricWindow = {
      from: i * ms,
      to: (i + 1) * ms,
      new: arm?.(PER_SECOND * share * LENGTH, times, random) ?? null,
      control: arm?.(PER_SECOND * (1 - share) * LENGTH, 1, random) ?? null,
      ...(guard.kind === 'latency' && { bounds: BOUNDS }),
    };
    const verdict = judgeBy(guard, [window], {
      record,
      reading: { windowLength: ms },
      horizon: DAY,
      step: STEP,
    });
    if (verdict.decision === 'trip') return window.to / 1_000;
    record = verdict.record;
  }
  return Infinity;
}

function guardOf(input: Partial<GuardInput>) {
  return parsedGuard({ phi: 1, ...input });
}

describe('the time that is foretold', () => {
  it.each<[Partial<GuardInput>, number, number]>([
    [{ kind: 'ratio', margin: 1.2 }, 0.05, 2],
    [{ kind: 'ratio', margin: 1, threshold: 0.03 }, 0.2, 2],
    [{ kind: 'drop', margin: 0.95 }, 0.2, 2],
    [{ kind: 'drop', margin: 1 }, 0.5, 1.25],
    [{ kind: 'latency', margin: 1.1 }, 0.1, 1.25],
    [{ kind: 'latency', margin: 1.1, phi: 4 }, 0.05, 2],
    [{ kind: 'mean', margin: 1 }, 0.1, 1.25],
    [{ kind: 'mean', margin: 1.1 }, 0.05, 1.25],
    [{ kind: 'mean', margin: 1, mean: { worse: 'lower' } }, 0.5, 2],
  ])('is within 1.6 of what the code that judges takes: %j at %d, ×%d', (guard, share, times) => {
    // Where lower is worse, so many times as bad is such a part of it.
    const effect = guard.mean?.worse === 'lower' ? 1 / times : times;
    const told = foretoldSeconds(guardOf(guard), { usual: USUAL, share, part: 1 }, times) ?? NaN;
    const took = simulated(guard, share, effect);
    expect(Math.max(told / took, took / told)).toBeLessThan(1.6);
  });

  it('of a mean below 0 is about that of one above it, whose margin is a part of its size too', () => {
    const told = (margin: number, mean: number): number => {
      const usual = { ...USUAL, mean, scatter: 50 };
      return foretoldSeconds(guardOf({ kind: 'mean', margin }), { usual, share: 0.1, part: 1 }, 1.25) ?? NaN;
    };
    expect(told(1, -10)).toBe(told(1, 10));
    expect(told(1.1, -10) / told(1.1, 10)).toBeCloseTo(1, 1);
    expect(told(1.1, -10)).toBeGreaterThan(told(1, -10));
    expect(told(1, 10)).toBeGreaterThan(250);
  });

  it.each<[string, Partial<GuardInput>, number, (seconds: number | null) => boolean]>([
    [
      'a burn rate far above the allowed',
      { kind: 'burn', burn: { slo: 0.99 } },
      10,
      (s) => s !== null && s <= 40,
    ],
    ['a burn rate within the allowed', { kind: 'burn', burn: { slo: 0.99 } }, 1.25, (s) => s === null],
    [
      'three of five checks, most of which are bad',
      { kind: 'kOfN', threshold: 0.03, kOfN: { k: 3, of: 5, minTotal: 100 } },
      2,
      (s) => s !== null && s >= 15 && s <= 90,
    ],
    [
      'three of five checks, of which hardly one is bad',
      { kind: 'kOfN', threshold: 0.2, kOfN: { k: 3, of: 5, minTotal: 100 } },
      2,
      (s) => s === null,
    ],
    ['both arms after a step', { kind: 'topline', topline: { slo: 0.99 } }, 10, (s) => s !== null && s <= 15],
  ])('is played for %s', (_, guard, times, isRight) => {
    const foreseen = { usual: USUAL, share: 0.2, part: 1 };
    const told = foretoldSeconds(guardOf(guard), foreseen, times);
    expect([told, isRight(told)]).toEqual([told, true]);
    expect(foretoldSeconds(guardOf(guard), foreseen, times)).toBe(told);
  });
});
