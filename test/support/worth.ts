import type { Guard } from '../../src/domain/guard.js';
import type { GuardRecord } from '../../src/domain/guard/guard-record.js';
import type { ArmCounts, MetricReading } from '../../src/domain/guard/reading.js';
import { freshRecord } from '../../src/domain/guard/record.js';
import { binomial, judgeBy, windowAt } from './judging.js';

/** Counts that an arm can have in a window, each with its chance. */
export type Chances = readonly (readonly [counts: ArmCounts, chance: number])[];

/** What both arms can have in a window, with its chance. */
export interface Outcome {
  readonly fresh: ArmCounts;
  readonly control: ArmCounts;
  readonly chance: number;
}

/** Of so many independent requests those that are bad. */
export function badOf(total: number, share: number): Chances {
  return binomial(total, share).map((chance, bad) => [{ bad, total }, chance]);
}

/** All that two arms can have at once, independent of each other. */
export function pairsOf(fresh: Chances, control: Chances): Outcome[] {
  return fresh.flatMap(([ours, chance]) =>
    control.map(([others, other]) => ({ fresh: ours, control: others, chance: chance * other })),
  );
}

/** What the evidence is worth on average over all that one window can bring, and two; and the mass that is spent by then. */
export function worthOf(
  guard: Guard,
  outcomes: readonly Outcome[],
  {
    reading,
    bounds,
  }: { readonly reading?: Partial<MetricReading>; readonly bounds?: readonly number[] } = {},
): { readonly once: number; readonly twice: number; readonly spent: number } {
  const untripped = { ...guard, alpha: 1e-9 };
  const after = (i: number, { fresh, control }: Outcome, record: GuardRecord): GuardRecord =>
    judgeBy(untripped, [windowAt(i, fresh, control, bounds)], { record, ...(reading && { reading }) }).record;
  let [once, twice, spent] = [0, 0, 0];
  for (const first of outcomes) {
    const record = after(0, first, freshRecord(1, 0));
    once += first.chance * Math.exp(record.logE ?? -Infinity);
    for (const second of outcomes) {
      const next = after(1, second, record);
      twice += first.chance * second.chance * Math.exp(next.logE ?? -Infinity);
      spent = next.spent;
    }
  }
  return { once, twice, spent };
}
