import type { GuardRecord } from '../guard/guard-record.js';
import { isHarmless, noHarmSince } from '../guard/no-harm.js';
import type { Rollout, RolloutPosition, RolloutStep } from '../rollout.js';

/** Seconds held from which on a step may go on before its hold is over; null: not before. */
export function earlySeconds(step: RolloutStep | undefined): number | null {
  return step !== undefined && 'earlyAfter' in step ? (step.earlyAfter ?? null) : null;
}

/** Held time in ms from which on the present step may go on before its hold is over; null: not before. */
export function earlyAfterOf({ steps }: Rollout, { step }: Pick<RolloutPosition, 'step'>): number | null {
  const seconds = earlySeconds(steps[step]);
  return seconds === null ? null : seconds * 1_000;
}

/**
 * Whether the present step, held for `held` ms, may go on before its hold is over: it was held for its `earlyAfter`, and each guard
 * that has a say is `ok` and has shown since the step began that the new arm does no harm. Not where there is no such guard.
 */
export function isEarly(
  rollout: Rollout,
  position: RolloutPosition,
  {
    held,
    guards,
  }: { readonly held: number; readonly guards: readonly { readonly record: GuardRecord | null }[] },
): boolean {
  const after = earlyAfterOf(rollout, position);
  if (after === null || held < after || guards.length === 0) return false;
  return guards.every(({ record }) => {
    if (record?.state !== 'ok' || record.run !== position.run) return false;
    const logE = noHarmSince(record.noHarm, position.stepStartedAt);
    return logE !== null && isHarmless(logE);
  });
}
