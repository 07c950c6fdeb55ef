import type { GuardInput } from '../../src/domain/guard.js';
import type { Verdict } from '../../src/domain/guard/judge.js';
import type { ArmCounts, MetricWindow } from '../../src/domain/guard/reading.js';
import { countFor, seeded } from '../../src/domain/guard/seeded-counts.js';
import { judgeBy, parsedGuard, STEP } from './judging.js';

/** Windows that a version which is plainly worse may take, and a healthy one is given. */
const WINDOWS = 200;
const SEEDS = [1, 2];

type Random = () => number;
/** An arm of window `i`. */
export type Arm = (random: Random, i: number) => ArmCounts | null;

/** Of `total` so many are bad, at a share; one in which all are leaves no chance. */
export function sharing(share: number, total: number): Arm {
  return (random) => {
    const most = countFor(total, random);
    return { bad: share >= 1 ? most : Math.min(most, countFor(most * share, random)), total: most };
  };
}

/** Events of which one unit may do several. */
export function doing(rate: number, units: number): Arm {
  return (random) => {
    const total = countFor(units, random);
    return { bad: total === 0 ? 0 : countFor(total * rate, random), total };
  };
}

/** Values of a mean, exponential ones around it by so much of `spread`. */
export function worth(mean: number, spread = Math.abs(mean), total = 20): Arm {
  return (random) => {
    let sum = 0;
    for (let i = 0; i < total; i += 1) sum += mean + spread * (-Math.log(1 - random()) - 1);
    return { bad: 0, total, sum };
  };
}

/** Requests in buckets, at these shares. */
export function taking(shares: readonly number[], total: number): Arm {
  return (random) => {
    const buckets = shares.map((share) => (share === 0 ? 0 : countFor(total * share, random)));
    return { bad: 0, total: buckets.reduce((sum, count) => sum + count, 0), buckets };
  };
}

/** First one, and then the other. */
export function changing(from: number, before: Arm, after: Arm): Arm {
  return (random, i) => (i < from ? before : after)(random, i);
}

/** Without data in every other window. */
export function gappy(arm: Arm): Arm {
  return (random, i) => {
    const counts = arm(random, i);
    return i % 2 === 0 ? counts : null;
  };
}

interface Traffic {
  readonly fresh: Arm;
  readonly control: Arm;
  readonly bounds?: (i: number) => readonly number[];
  /** What else there is, as a stratum of its own. */
  readonly beside?: { readonly fresh: Arm; readonly control: Arm };
}

function windowsOf(seed: number, count: number, { fresh, control, bounds, beside }: Traffic): MetricWindow[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const arms = { new: fresh(random, i), control: control(random, i) };
    const other = beside && { value: 'b', new: beside.fresh(random, i), control: beside.control(random, i) };
    return {
      from: i * STEP,
      to: (i + 1) * STEP,
      ...arms,
      ...(bounds && { bounds: bounds(i) }),
      ...(other && { strata: [{ value: 'a', ...arms }, other] }),
    };
  });
}

function verdictOn(input: Partial<GuardInput>, windows: readonly MetricWindow[]): Verdict {
  return judgeBy(parsedGuard(input), windows, {
    horizon: windows.length * STEP,
    step: { startedAt: 0, holdMs: 60_000 },
  });
}

/** A name, a guard, and what it sees. */
export type OddTraffic = readonly [name: string, guard: Partial<GuardInput>, traffic: Traffic];

/** What came of some seeds of the same traffic, in 200 windows each. */
export function ranOn([, guard, traffic]: OddTraffic): Verdict[] {
  return SEEDS.map((seed) => verdictOn(guard, windowsOf(seed, WINDOWS, traffic)));
}
