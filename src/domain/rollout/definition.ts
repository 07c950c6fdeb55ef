import { FLAG_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type { UserError } from '../problem.js';
import type { Rollout } from '../rollout.js';
import { earlySeconds } from './early.js';

/** What is wrong with a definition in itself: INVALID_INPUT, SAME_ARMS, LAST_STEP_NOT_FULL, DUPLICATE_KEY. */
export function definitionErrors(rollout: Rollout): UserError[] {
  return [
    ...sideErrors(rollout),
    ...stepErrors(rollout),
    ...gridErrors(rollout),
    ...repeatErrors(rollout),
    ...routelessErrors(rollout),
    ...earlyErrors(rollout),
  ];
}

/** Going on early is before something: the end of a hold, in a step that another one follows. */
function earlyErrors({ steps }: Rollout): UserError[] {
  return steps.flatMap((step, index) => {
    const early = earlySeconds(step);
    if (early === null) return [];
    const found = earlyTrouble(step.hold, early, index === steps.length - 1);
    return found === null ? [] : [fault(`steps.${index}.earlyAfter`, found, 'INVALID_INPUT')];
  });
}

function earlyTrouble(hold: number | null, earlyAfter: number, last: boolean): string | null {
  if (last) return 'The last step is the bake, and is held to its end: leave earlyAfter out.';
  if (hold === null)
    return 'This step waits until somebody promotes: give it a hold, or leave earlyAfter out.';
  return earlyAfter < hold ? null : `This is not before the hold of ${hold} s is over: make it shorter.`;
}

/** Only requests can be previewed or copied. */
function routelessErrors({ routes, steps }: Rollout): UserError[] {
  if (routes.length > 0) return [];
  return steps.flatMap((step, index) => {
    const field = (['preview', 'mirror'] as const).find((kind) => kind in step);
    const message = `Only requests have a ${field}, and this rollout moves no route: name one.`;
    return field === undefined ? [] : [fault(`steps.${index}.${field}`, message, 'INVALID_INPUT')];
  });
}

function repeatErrors({ guards, routes }: Rollout): UserError[] {
  const keys = routes.map(({ key }) => key);
  const repeated = keys.flatMap((key, index) =>
    keys.indexOf(key) === index
      ? []
      : [fault(`routes.${index}.key`, `Route "${key}" is listed twice.`, 'DUPLICATE_KEY')],
  );
  if (new Set(guards).size === guards.length) return repeated;
  return [...repeated, fault('guards', 'A guard is listed twice.', 'DUPLICATE_KEY')];
}

function sideErrors({ flag, routes }: Rollout): UserError[] {
  if (flag === null && routes.length === 0) {
    return [fault('flag', 'A rollout moves a flag, routes, or both: name at least one.', 'INVALID_INPUT')];
  }
  const errors: UserError[] = [];
  if (flag !== null && flag.new === flag.control) {
    errors.push(fault('flag.new', 'New and control are the same variant.', 'SAME_ARMS'));
  }
  for (const [index, route] of routes.entries()) {
    if (route.new === route.control)
      errors.push(fault(`routes.${index}.new`, 'New and control are the same version.', 'SAME_ARMS'));
  }
  return errors;
}

function stepErrors({ steps }: Rollout): UserError[] {
  const errors: UserError[] = [];
  let reached = 0;
  for (const [index, step] of steps.entries()) {
    if (!('weight' in step)) continue;
    if (step.weight < reached) {
      const message = `The share falls below the ${reached} of an earlier step; a ramp only goes up.`;
      errors.push(fault(`steps.${index}.weight`, message, 'INVALID_INPUT'));
    }
    reached = Math.max(reached, step.weight);
  }
  const last = steps.at(-1);
  if (last === undefined || !('weight' in last) || last.weight !== FLAG_WEIGHT_TOTAL) {
    const message =
      `The last step must be everybody: { weight: ${FLAG_WEIGHT_TOTAL} }. Weights of steps are in 100,000ths: ` +
      '100000 is 100 %, 20000 is 20 %, 20 is 0.02 %.';
    errors.push(fault(`steps.${steps.length - 1}`, message, 'LAST_STEP_NOT_FULL'));
  }
  return errors;
}

/** A route's weights are 10,000ths: only such shares hold the same users in flag and route. */
function gridErrors({ routes, steps, holdback }: Rollout): UserError[] {
  if (routes.length === 0) return [];
  const message = 'With a route, shares are multiples of 10 (0.01 %).';
  const errors = steps.flatMap((step, index) =>
    'weight' in step && step.weight % 10 !== 0
      ? [fault(`steps.${index}.weight`, message, 'INVALID_INPUT')]
      : [],
  );
  return holdback % 10 === 0 ? errors : [...errors, fault('holdback', message, 'INVALID_INPUT')];
}

function fault(field: string, message: string, code: UserError['code']): UserError {
  return { field, message, code };
}
