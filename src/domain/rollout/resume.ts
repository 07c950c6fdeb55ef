import type { Image } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import { accept, type ActInput, commitOf, positionEdit, standingOf } from './act.js';
import { rolloutEvent } from './evidence.js';

/** Lets a paused rollout go on where it was. Refused with NOT_FOUND, STALE_REVISION, ROLLOUT_STATE. */
export function resumeRollout(image: Image, input: ActInput, _now: number): Plan {
  const standing = standingOf(image, input, ['paused']);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const { rollout } = standing;
  const running = { ...standing.position, state: 'running' as const, waiting: '' };
  return accept(
    commitOf(image, standing, {
      state: [positionEdit(rollout.key, running, standing)],
      event: rolloutEvent('resume', rollout.value, running, { held: running.held }),
    }),
  );
}
