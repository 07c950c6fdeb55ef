import type { Image } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import { accept, type ActInput, standingOf } from './act.js';
import { latchedGuards, namesOf } from './latches.js';
import { readyTrouble } from './readiness.js';
import { moveOn } from './step.js';
import { targetOf } from './target.js';

/**
 * Moves to the next step now, whatever hold and guards say; from the last step, completes. A paused rollout stays
 * paused. Refused with NOT_FOUND, STALE_REVISION, ROLLOUT_STATE, GUARD_TRIPPED, NOT_READY.
 */
export function promoteRollout(image: Image, input: ActInput, now: number): Plan {
  const standing = standingOf(image, input, ['running', 'paused']);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const latched = latchedGuards(image, targetOf(standing.rollout.value));
  if (latched.length > 0) {
    const message = `Tripped: ${namesOf(latched)}. Reset what tripped before promoting.`;
    return refuse([{ field: 'key', message, code: 'GUARD_TRIPPED' }]);
  }
  const trouble = readyTrouble(image, standing.rollout.value, now);
  if (trouble !== null) return refuse([{ field: 'key', message: trouble, code: 'NOT_READY' }]);
  return accept(moveOn(image, standing, { kind: 'promote', now, evidence: {} }));
}
