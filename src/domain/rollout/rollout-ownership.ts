import type { Image } from '../image.js';
import type { UserError } from '../problem.js';
import type { Rollout, RolloutStep } from '../rollout.js';
import { earlySeconds } from './early.js';
import { keptRecords, namesOf } from './latches.js';
import { isUnfinished, positionOf } from './position.js';
import { isSameJson } from '../same-json.js';

/**
 * While a rollout is unfinished its definition can only have holds lengthened, and it can't be deleted. While one of
 * its guards is latched it can't be pointed at another flag or route.
 */
export function rolloutOwnershipErrors(image: Image, key: string, after: Rollout | null): UserError[] {
  const before = image.documents.value('rollout', key);
  if (before === undefined) return [];
  const { position } = positionOf(image, key);
  if (!isUnfinished(position)) return after === null ? [] : retargetErrors(image, before, after);
  if (after === null) {
    const message = `The rollout is ${position.state} and owns rules: abort it first.`;
    return [{ field: 'key', message, code: 'ROLLOUT_STATE' }];
  }
  if (
    isSameJson(held(before), held(after)) &&
    after.steps.every((step, index) => isAsLong(before.steps[index], step))
  ) {
    return [];
  }
  const message = `The rollout is ${position.state}: only holds can be lengthened until it ends.`;
  return [{ field: 'steps', message, code: 'ROLLOUT_RUNNING' }];
}

/** The definition with every hold alike, and every step as early. */
function held(rollout: Rollout): unknown {
  const steps = rollout.steps.map((step) => ({ ...step, hold: null, earlyAfter: null }));
  return { ...rollout, steps };
}

/** Whether `after` is held at least as long, and goes on no sooner; no end is longest. */
function isAsLong(before: RolloutStep | undefined, after: RolloutStep): boolean {
  const isHeld = after.hold === null || (typeof before?.hold === 'number' && before.hold <= after.hold);
  return isHeld && (earlySeconds(before) ?? Infinity) <= (earlySeconds(after) ?? Infinity);
}

function retargetErrors(image: Image, before: Rollout, after: Rollout): UserError[] {
  const field = retargeted(before, after);
  if (field === null) return [];
  const latched = keptRecords(image, ({ subject }) => subject === `rollout/${before.key}`).filter(
    ({ record }) => record.trip !== null,
  );
  if (latched.length === 0) return [];
  const message = `Tripped: ${namesOf(latched)}. Reset what tripped before moving something else.`;
  return [{ field, message, code: 'GUARD_TRIPPED' }];
}

/** The side that moves another document than it did; null where both move the same ones. */
function retargeted(before: Rollout, after: Rollout): 'flag' | 'routes' | null {
  if (before.flag?.key !== after.flag?.key) return 'flag';
  const keysOf = ({ routes }: Rollout): string[] => routes.map(({ key }) => key).sort();
  return isSameJson(keysOf(before), keysOf(after)) ? null : 'routes';
}
