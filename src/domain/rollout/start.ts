import type { StateEdit } from '../change.js';
import { type Image, stateKey } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import type { Warning } from '../problem.js';
import type { RolloutPosition } from '../rollout.js';
import { warningsOf } from '../warnings.js';
import { accept, type ActInput, commitOf, positionEdit, type Standing, standingOf } from './act.js';
import { rolloutEvent } from './evidence.js';
import { freshRecord } from '../guard/record.js';
import { keptRecord } from './latches.js';
import { atStep, editsBetween, type Sides } from './sides.js';
import { startErrors } from './start-errors.js';

/**
 * Starts a rollout that is a draft or aborted: the owned rules of step 1 in flag and routes, the flag enabled, fresh
 * guard records. Refused with NOT_FOUND, STALE_REVISION, ROLLOUT_STATE (also while a route is closed),
 * ROLLOUT_EXISTS, GUARD_TRIPPED, SAME_ARMS, LAST_STEP_NOT_FULL, DEFAULT_REQUIRED, DANGLING_REFERENCE, FLAG_ARCHIVED,
 * NOT_READY, and whatever makes the definition itself wrong by now (NOT_EXPRESSIBLE, GUARD_NEEDS_ROUTE …).
 */
export function startRollout(image: Image, input: ActInput, now: number): Plan {
  const standing = standingOf(image, input, ['draft', 'aborted']);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const errors = startErrors(image, standing, now);
  if (errors.length > 0) return refuse(errors);
  const { rollout, position, sides } = standing;
  const first: RolloutPosition = {
    run: position.run + 1,
    step: 0,
    state: 'running',
    held: 0,
    heldAt: null,
    stepStartedAt: now,
    startedAt: now,
    waiting: '',
  };
  const commit = commitOf(image, standing, {
    edits: editsBetween(sides, enabled(atStep(sides, rollout.value, 0))),
    state: [positionEdit(rollout.key, first, standing), ...freshRecords(image, standing, first.run, now)],
    event: rolloutEvent('start', rollout.value, first),
  });
  // It enables the flag because no guard on it is latched, and a trip of a flag that is off writes no document.
  const asOf = image.revision;
  const warnings = [
    ...startWarnings(standing),
    ...warningsOf(image.documents, { kind: 'rollout', key: rollout.key }, input.setup),
  ];
  return accept({ ...commit, asOf }, warnings);
}

/** All sides with the flag on. */
export function enabled({ flag, routes }: Sides): Sides {
  return { flag: flag && { ...flag, enabled: true }, routes };
}

function freshRecords(image: Image, { rollout }: Standing, run: number, now: number): StateEdit[] {
  const subject = `rollout/${rollout.key}`;
  return rollout.value.guards.map((guard) => ({
    key: stateKey.guard(guard, subject),
    value: freshRecord(run, now),
    expected: keptRecord(image, guard, subject).revision,
  }));
}

/** A disabled flag answers its off variant; where that isn't the control, starting moves everybody at once. */
function startWarnings({ rollout: { value }, sides: { flag } }: Standing): Warning[] {
  if (flag === null || value.flag === null || flag.enabled || flag.offVariant === value.flag.control)
    return [];
  const from = flag.offVariant === null ? 'no value' : `"${flag.offVariant}"`;
  const message = `Flag ${flag.key} is off: starting moves everybody from ${from} to "${value.flag.control}".`;
  return [{ field: 'flag', message, code: 'START_MOVES_EVERYBODY' }];
}
