import type { Image } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import type { RolloutPosition } from '../rollout.js';
import { accept, type ActInput, commitOf, positionEdit, standingOf } from './act.js';
import { rolloutEvent } from './evidence.js';
import { stopped } from './held.js';
import { editsBetween, withdrawn } from './sides.js';

/** Where a rollout stands once it was aborted. */
export function abortedAt(position: RolloutPosition, now: number): RolloutPosition {
  return { ...stopped(position, now), state: 'aborted', waiting: '' };
}

/**
 * Takes the rollout's rules out of flag and route, and changes nothing else. Refused with NOT_FOUND, STALE_REVISION,
 * ROLLOUT_STATE.
 */
export function abortRollout(image: Image, input: ActInput, now: number): Plan {
  const standing = standingOf(image, input, ['running', 'paused']);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const { rollout, position, sides } = standing;
  return accept(
    commitOf(image, standing, {
      edits: editsBetween(sides, withdrawn(sides, rollout.value)),
      state: [positionEdit(rollout.key, abortedAt(position, now), standing)],
      event: rolloutEvent('abort', rollout.value, position),
    }),
  );
}
