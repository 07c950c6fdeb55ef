import type { RolloutPosition } from '../rollout.js';

/** A span longer than this between two looks was not watched by anybody and doesn't count, ms. */
export const UNWATCHED = 15_000;

/** Held time of the present step in ms, up to `now` (store time). */
export function heldUntil({ held, heldAt }: RolloutPosition, now: number): number {
  if (heldAt === null) return held;
  const span = now - heldAt;
  return span < 0 || span > UNWATCHED ? held : held + span;
}

/** The position with its clock stopped at `now`. */
export function stopped(position: RolloutPosition, now: number): RolloutPosition {
  return { ...position, held: heldUntil(position, now), heldAt: null };
}
