import type { Image } from '../image.js';
import { type Plan, refuse } from '../plan.js';
import { accept, type ActInput, commitOf, positionEdit, standingOf } from './act.js';
import { rolloutEvent } from './evidence.js';
import { stopped } from './held.js';

/** Stops the clock of the present step; guards judge on. Refused with NOT_FOUND, STALE_REVISION, ROLLOUT_STATE. */
export function pauseRollout(image: Image, input: ActInput, now: number): Plan {
  const standing = standingOf(image, input, ['running']);
  if ('refusal' in standing) return refuse([standing.refusal]);
  const { rollout } = standing;
  const paused = { ...stopped(standing.position, now), state: 'paused' as const, waiting: '' };
  return accept(
    commitOf(image, standing, {
      state: [positionEdit(rollout.key, paused, standing)],
      event: rolloutEvent('pause', rollout.value, paused, { held: paused.held }),
    }),
  );
}
