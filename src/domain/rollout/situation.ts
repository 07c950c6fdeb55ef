import { ALONE } from '../guard/combination.js';
import type { GuardPlan } from '../guard/mass.js';
import type { GuardSituation } from '../guard/situation.js';
import type { Rollout, RolloutPosition } from '../rollout.js';
import { hasControl, holdOf, stepOf } from './go.js';
import { heldUntil, isCounting } from './held.js';

/**
 * What a guard of an unfinished rollout must know of it at `now` (store time), beside what its guards share, and why its
 * source can't be trusted.
 */
export function situationOf(
  rollout: Rollout,
  position: RolloutPosition,
  { now, combined, untrusted }: Pick<GuardSituation, 'now' | 'combined' | 'untrusted'>,
): GuardSituation {
  return {
    now,
    combined,
    comparable: hasControl(rollout, position.step),
    ...(untrusted !== undefined && { untrusted }),
    plan: planOf(rollout, position, now),
    step: stepOf(rollout, position),
  };
}

/**
 * The planned time ends when the rest of the present hold and all later ones have passed; a hold without end adds none. Time in
 * which the hold is over, or its clock stands still, is planned by nobody: what was not spent is left for the later holds.
 */
function planOf(rollout: Rollout, position: RolloutPosition, now: number): GuardPlan {
  const hold = holdOf(rollout, position);
  const holdEnd = hold === null ? now : now + hold - heldUntil(position, now);
  return {
    plannedEnd: holdEnd + holdsOf(rollout, position.step + 1),
    paused: position.state === 'paused',
    endless: hold === null,
    holdEnd,
    ...(!isCounting(position, now) && { stopped: true }),
    whole: holdsOf(rollout, 0),
  };
}

/** The holds from a step on together, ms. */
function holdsOf({ steps }: Rollout, from: number): number {
  return steps.slice(from).reduce((sum, { hold }) => sum + (hold ?? 0) * 1_000, 0);
}

/** What a guard that stands alone must know. */
export function standingSituation(now: number): GuardSituation {
  return {
    now,
    combined: ALONE,
    comparable: true,
    plan: { plannedEnd: null, paused: false, endless: false },
    step: null,
  };
}
