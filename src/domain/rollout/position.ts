import type { Stored } from '../documents.js';
import { type Image, stateKey } from '../image.js';
import type { RolloutPosition } from '../rollout.js';
import { movesAny, type Target } from './target.js';

/** Where a rollout stands that was never started. */
export const DRAFT: RolloutPosition = {
  run: 0,
  step: 0,
  state: 'draft',
  held: 0,
  heldAt: null,
  stepStartedAt: 0,
  startedAt: 0,
  waiting: '',
};

export interface StoredPosition {
  readonly position: RolloutPosition;
  /** Revision of the state, 0 where there is none yet. */
  readonly revision: number;
}

/** Where a rollout stands, and the revision of that state. */
export function positionOf(image: Image, rollout: string): StoredPosition {
  const stored = image.states.get(stateKey.rollout(rollout));
  if (stored === undefined) return { position: DRAFT, revision: 0 };
  return { position: stored.value as RolloutPosition, revision: stored.revision };
}

/** Running or paused: it owns rules in its flag and route. */
export function isUnfinished({ state }: RolloutPosition): boolean {
  return state === 'running' || state === 'paused';
}

/** A rollout and where it stands. */
export interface StandingRollout {
  readonly rollout: Stored<'rollout'>;
  readonly position: RolloutPosition;
  /** Revision of the position's state. */
  readonly revision: number;
}

/** One that is running or paused. */
export type UnfinishedRollout = StandingRollout;

/** All unfinished rollouts of an environment, by key. */
export function unfinishedRollouts(image: Image): UnfinishedRollout[] {
  return standingRollouts(image, isUnfinished);
}

/** All aborted ones, by key. */
export function abortedRollouts(image: Image): StandingRollout[] {
  return standingRollouts(image, ({ state }) => state === 'aborted');
}

/** All whose position is wanted, by key. */
export function standingRollouts(
  image: Image,
  wanted: (position: RolloutPosition) => boolean,
): StandingRollout[] {
  return image.documents
    .list('rollout')
    .map((rollout) => ({ rollout, ...positionOf(image, rollout.key) }))
    .filter(({ position }) => wanted(position));
}

/** The unfinished rollout that moves this flag or one of these routes; a flag or route has at most one. */
export function unfinishedRollout(image: Image, target: Target): UnfinishedRollout | null {
  return unfinishedRollouts(image).find(({ rollout }) => movesAny(rollout.value, target)) ?? null;
}
