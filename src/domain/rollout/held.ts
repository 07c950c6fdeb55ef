import type { RolloutPosition } from '../rollout.js';

/** A span longer than this between two looks was not watched by anybody and doesn't count, ms. */
export const UNWATCHED = 15_000;

/** Whether the clock of the present step runs at `now` (store time), and somebody watches it. */
export function isCounting({ heldAt }: RolloutPosition, now: number): boolean {
  return heldAt !== null && now >= heldAt && now - heldAt <= UNWATCHED;
}

/** Held time of the present step in ms, up to `now` (store time). */
export function heldUntil(position: RolloutPosition, now: number): number {
  const { held, heldAt } = position;
  return heldAt !== null && isCounting(position, now) ? held + now - heldAt : held;
}

/** The position with its clock stopped at `now`. */
export function stopped(position: RolloutPosition, now: number): RolloutPosition {
  return { ...position, held: heldUntil(position, now), heldAt: null };
}
