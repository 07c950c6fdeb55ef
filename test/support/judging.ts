import { ALONE } from '../../src/domain/guard/combination.js';
import type { GuardInput } from '../../src/domain/guard.js';
import { guardSchema } from '../../src/domain/guard.js';
import type { GuardRecord } from '../../src/domain/guard/guard-record.js';
import { judge, type Verdict } from '../../src/domain/guard/judge.js';
import type { ArmCounts, MetricReading, MetricWindow } from '../../src/domain/guard/reading.js';
import { freshRecord } from '../../src/domain/guard/record.js';

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

/** What a guard is and where it stands. */
export interface Judged {
  readonly guard: Partial<GuardInput>;
  readonly record?: GuardRecord;
  readonly reading?: Partial<MetricReading>;
  /** Planned end, ms; an hour where it is not given. */
  readonly horizon?: number;
}

/** The verdict on some windows, right after the last of them. */
export function judgeWindows(
  windows: readonly MetricWindow[],
  { guard, horizon, ...given }: Judged,
): Verdict {
  const record = given.record ?? freshRecord(1, 0);
  const watermark = windows.at(-1)?.to ?? record.watermark;
  return judge({
    guard: guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', ...guard }),
    record,
    reading: { windows, watermark, unknown: null, lost: 0, windowLength: STEP, ...given.reading },
    situation: {
      now: watermark,
      combined: ALONE,
      comparable: true,
      plan: { plannedEnd: horizon ?? 3_600_000, paused: false, endless: false },
      step: { startedAt: 0, holdMs: 60_000 },
    },
  });
}

export function poisson(mean: number, random: () => number): number {
  let count = 0;
  for (let left = Math.exp(-mean), p = random(); p > left; p *= random()) count += 1;
  return count;
}

/** Probabilities of 0 … n successes in n tries. */
export function binomial(n: number, p: number): number[] {
  let ways = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) ways = (ways * (n - k + 1)) / k;
    return ways * p ** k * (1 - p) ** (n - k);
  });
}
