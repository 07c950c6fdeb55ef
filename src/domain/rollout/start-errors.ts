import type { Image } from '../image.js';
import type { UserError } from '../problem.js';
import { rolloutErrors } from '../rollout-checks.js';
import type { RolloutRoute } from '../rollout.js';
import type { Standing } from './act.js';
import { latchedGuards, namesOf } from './latches.js';
import { ownsMirrors } from './owned-mirror.js';
import { unfinishedRollout } from './position.js';
import { readyTrouble } from './readiness.js';
import { targetOf } from './target.js';

/**
 * Why a rollout that is not running can't run: ROLLOUT_EXISTS, GUARD_TRIPPED, SAME_ARMS, DEFAULT_REQUIRED, DANGLING_REFERENCE,
 * FLAG_ARCHIVED, ROLLOUT_STATE (a closed route), NOT_READY, and whatever makes the definition itself wrong. `except`: the guard
 * of this rollout whose latch is about to be opened.
 */
export function startErrors(image: Image, standing: Standing, now: number, except?: string): UserError[] {
  const faults = [...rolloutErrors(image.documents, standing.rollout.value), ...armErrors(standing)];
  if (faults.length > 0) return faults;
  const target = targetOf(standing.rollout.value);
  const other = unfinishedRollout(image, target);
  if (other !== null) {
    const message = `Rollout "${other.rollout.key}" moves it and is ${other.position.state}: abort or complete it first.`;
    return [{ field: 'key', message, code: 'ROLLOUT_EXISTS' }];
  }
  const latched = latchedGuards(image, target).filter(
    ({ guard, subject }) => guard !== except || subject !== `rollout/${standing.rollout.key}`,
  );
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
