import type { StateEdit } from '../change.js';
import { type Image, stateKey } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import type { UserError, Warning } from '../problem.js';
import type { RolloutPosition, RolloutRoute } from '../rollout.js';
import { rolloutErrors } from '../rollout-checks.js';
import { warningsOf } from '../warnings.js';
import { accept, type ActInput, commitOf, positionEdit, type Standing, standingOf } from './act.js';
import { rolloutEvent } from './evidence.js';
import { freshRecord } from '../guard/record.js';
import { keptRecord, latchedGuards, namesOf } from './latches.js';
import { ownsMirrors } from './owned-mirror.js';
import { unfinishedRollout } from './position.js';
import { readyTrouble } from './readiness.js';
import { atStep, editsBetween, type Sides } from './sides.js';
import { targetOf } from './target.js';

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
  const warnings = [...startWarnings(standing), ...warningsOf(image.documents, 'rollout', rollout.key)];
  return accept({ ...commit, asOf }, warnings);
}

function enabled({ flag, routes }: Sides): Sides {
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

function startErrors(image: Image, standing: Standing, now: number): UserError[] {
  const faults = [...rolloutErrors(image.documents, standing.rollout.value), ...armErrors(standing)];
  if (faults.length > 0) return faults;
  const target = targetOf(standing.rollout.value);
  const other = unfinishedRollout(image, target);
  if (other !== null) {
    const message = `Rollout "${other.rollout.key}" moves it and is ${other.position.state}: abort or complete it first.`;
    return [{ field: 'key', message, code: 'ROLLOUT_EXISTS' }];
  }
  const latched = latchedGuards(image, target);
  if (latched.length > 0) {
    const message = `Tripped: ${namesOf(latched)}. Reset what tripped before starting again.`;
    return [{ field: 'key', message, code: 'GUARD_TRIPPED' }];
  }
  const trouble = readyTrouble(image, standing.rollout.value, now);
  return trouble === null ? [] : [{ field: 'key', message: trouble, code: 'NOT_READY' }];
}

/** The control arm is the default of its side: an owned rule falls through to it and an abort returns to it. */
function armErrors(standing: Standing): UserError[] {
  const { routes } = standing.rollout.value;
  return [
    ...flagErrors(standing),
    ...routes.flatMap((moved, index) => routeErrors(standing, moved, `routes.${index}`)),
  ];
}

function flagErrors({ rollout: { value }, sides: { flag } }: Standing): UserError[] {
  if (value.flag === null) return [];
  const { key, new: fresh, control } = value.flag;
  if (flag === null) return [fault('flag.key', `There is no flag "${key}".`, 'DANGLING_REFERENCE')];
  if (flag.archived === true) return [fault('flag.key', `Flag "${key}" is archived.`, 'FLAG_ARCHIVED')];
  if (!Object.hasOwn(flag.variants, fresh)) {
    return [fault('flag.new', `Flag ${key} has no variant "${fresh}".`, 'DANGLING_REFERENCE')];
  }
  if (flag.defaultVariant === fresh) {
    return [fault('flag.new', `"${fresh}" is the default of flag ${key} already.`, 'SAME_ARMS')];
  }
  if (flag.defaultVariant !== control) {
    const message = `The default variant of flag ${key} must be the control, "${control}".`;
    return [fault('flag.control', message, 'DEFAULT_REQUIRED')];
  }
  return [];
}

function routeErrors(standing: Standing, moved: RolloutRoute, field: string): UserError[] {
  const { key, new: fresh, control } = moved;
  const { sides, rollout } = standing;
  const route = sides.routes.find((one) => one.key === key);
  if (route === undefined)
    return [fault(`${field}.key`, `There is no route "${key}".`, 'DANGLING_REFERENCE')];
  if (!Object.hasOwn(route.versions, fresh)) {
    return [fault(`${field}.new`, `Route ${key} has no version "${fresh}".`, 'DANGLING_REFERENCE')];
  }
  if (route.default === fresh) {
    return [fault(`${field}.new`, `"${fresh}" is the default of route ${key} already.`, 'SAME_ARMS')];
  }
  if (route.default !== control) {
    const message = `The default of route ${key} must be the control, "${control}".`;
    return [fault(`${field}.control`, message, 'DEFAULT_REQUIRED')];
  }
  if (route.mirror && ownsMirrors(rollout.value)) {
    const message = `Route ${key} has a mirror to "${route.mirror.version}", and this rollout has its own: take that out first.`;
    return [fault(`${field}.key`, message, 'ROLLOUT_STATE')];
  }
  if (route.closed !== null) {
    const message = `Route ${key} is closed to "${route.closed}": clear that first.`;
    return [fault(`${field}.key`, message, 'ROLLOUT_STATE')];
  }
  return [];
}

function fault(field: string, message: string, code: UserError['code']): UserError {
  return { field, message, code };
}

/** A disabled flag answers its off variant; where that isn't the control, starting moves everybody at once. */
function startWarnings({ rollout: { value }, sides: { flag } }: Standing): Warning[] {
  if (flag === null || value.flag === null || flag.enabled || flag.offVariant === value.flag.control)
    return [];
  const from = flag.offVariant === null ? 'no value' : `"${flag.offVariant}"`;
  const message = `Flag ${flag.key} is off: starting moves everybody from ${from} to "${value.flag.control}".`;
  return [{ field: 'flag', message, code: 'START_MOVES_EVERYBODY' }];
}
