import { ALONE, partsOf, termOf } from '../../src/domain/guard/combination.js';
import { type Guard, type GuardInput, guardSchema } from '../../src/domain/guard.js';
import type { GuardRecord } from '../../src/domain/guard/guard-record.js';
import { judge, type Verdict } from '../../src/domain/guard/judge.js';
import { nothingNew } from '../../src/domain/guard/nothing-new.js';
import type { ArmCounts, MetricReading, MetricWindow } from '../../src/domain/guard/reading.js';
import { freshRecord } from '../../src/domain/guard/record.js';
import type { GuardedStep, GuardSituation } from '../../src/domain/guard/situation.js';

/** Length of a window, ms. */
export const STEP = 5_000;

/** Window number `i`. */
export function windowAt(
  i: number,
  fresh: ArmCounts | null,
  control: ArmCounts | null,
  bounds?: readonly number[],
): MetricWindow {
  return { from: i * STEP, to: (i + 1) * STEP, new: fresh, control, ...(bounds && { bounds }) };
}

/** Bad ones and all of one arm in a window; null: no data. */
export type Counts = readonly [bad: number, total: number] | null;
/** The new arm's and the control's. */
export type ArmPair = readonly [fresh: Counts, control: Counts];

/** A window in which the new arm is as good as the control, and one in which most of it is bad. */
export const HEALTHY: ArmPair = [
  [0, 100],
  [1, 1_000],
];
export const FAILING: ArmPair = [
  [60, 100],
  [1, 1_000],
];

/** Windows one after the other from `from` (ms) on. */
export function windowsFrom(from: number, ...pairs: readonly ArmPair[]): MetricWindow[] {
  const armOf = (counts: Counts): ArmCounts | null => counts && { bad: counts[0], total: counts[1] };
  return pairs.map(([fresh, control], i) => ({
    from: from + i * STEP,
    to: from + (i + 1) * STEP,
    new: armOf(fresh),
    control: armOf(control),
  }));
}

/** Where a guard stands. */
export interface Standing {
  readonly record?: GuardRecord;
  readonly reading?: Partial<MetricReading>;
  /** Planned end, ms; an hour where it is not given. */
  readonly horizon?: number;
  /** The step that it watches; one held for a minute from 0 on where it is not given. */
  readonly step?: GuardedStep | null;
  readonly situation?: Partial<GuardSituation>;
}

/** What a guard is and where it stands. */
export interface Judged extends Standing {
  readonly guard: Partial<GuardInput>;
}

/** A guard of source `prometheus` and the template `istio`, unless told otherwise. */
export function parsedGuard(guard: Partial<GuardInput>): Guard {
  return guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', ...guard });
}

/** The verdict on some windows, right after the last of them; null: the source was not asked. */
export function judgeWindows(
  windows: readonly MetricWindow[] | null,
  { guard, ...standing }: Judged,
): Verdict {
  return judgeBy(parsedGuard(guard), windows, standing);
}

/** The same by a guard that forgives nothing: margin 1, phi 1. */
export function judgeStrictly(
  windows: readonly MetricWindow[] | null,
  { guard, ...standing }: Partial<Judged> = {},
): Verdict {
  return judgeWindows(windows, { ...standing, guard: { margin: 1, phi: 1, ...guard } });
}

/** State and decision. */
export function told({ state, decision }: Verdict): string {
  return `${state}: ${decision}`;
}

/** The verdict of a guard that is parsed once, for specs that judge very often. */
export function judgeBy(
  guard: Guard,
  windows: readonly MetricWindow[] | null,
  { horizon = 3_600_000, step = { startedAt: 0, holdMs: 60_000 }, ...given }: Standing,
): Verdict {
  const record = given.record ?? freshRecord(1, 0);
  const watermark = windows?.at(-1)?.to ?? record.watermark;
  return judge({
    guard,
    record,
    reading: windows && { ...nothingNew(watermark, null, STEP), windows, ...given.reading },
    situation: {
      now: watermark,
      combined: ALONE,
      comparable: true,
      plan: { plannedEnd: horizon, paused: false, endless: false },
      step,
      ...given.situation,
    },
  });
}

/** Log of what guards of one alpha have found together, as parts of that budget. */
export function togetherLogE(logs: readonly number[], weights: readonly number[]): number {
  const parts = partsOf(weights.map((weight, i) => ({ key: String(i), weight })));
  return Math.log(
    logs.reduce((sum, logE, i) => sum + termOf({ alpha: 1 }, parts.get(String(i)) ?? 0, logE), 0),
  );
}

/** Probabilities of 0 … n successes in n tries. */
export function binomial(n: number, p: number): number[] {
  let ways = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) ways = (ways * (n - k + 1)) / k;
    return ways * p ** k * (1 - p) ** (n - k);
  });
}
