import type { ChangeEvent } from '../change.js';
import type { EventKind } from '../event-kind.js';
import type { Image } from '../image.js';
import type { RolloutPosition } from '../rollout.js';
import { commitOf, type PlannedCommit, positionEdit, type Standing } from './act.js';
import { rolloutEvent } from './evidence.js';
import { heldUntil, stopped } from './held.js';
import { atStep, completed, editsBetween } from './sides.js';

/** Why a rollout moves: the kind of event it is told as, at what store time, and on what evidence. */
export interface Move {
  readonly kind: Extract<EventKind, 'step' | 'promote'>;
  readonly now: number;
  readonly evidence: ChangeEvent['evidence'];
}

/** Moves the rollout to its next step; after the last step, completes it: the new arm becomes the default. */
export function moveOn(image: Image, standing: Standing, move: Move): PlannedCommit {
  const { rollout, position } = standing;
  return position.step + 1 < rollout.value.steps.length
    ? nextStep(image, standing, move)
    : completion(image, standing, move);
}

function nextStep(image: Image, standing: Standing, { kind, now, evidence }: Move): PlannedCommit {
  const { rollout, position, sides } = standing;
  const next: RolloutPosition = {
    ...position,
    step: position.step + 1,
    held: 0,
    heldAt: null,
    stepStartedAt: now,
    // A paused rollout stays paused, and for the same reason.
    waiting: position.state === 'paused' ? position.waiting : '',
  };
  return commitOf(image, standing, {
    edits: editsBetween(sides, atStep(sides, rollout.value, next.step)),
    state: [positionEdit(rollout.key, next, standing)],
    event: rolloutEvent(kind, rollout.value, next, { held: heldUntil(position, now), ...evidence }),
  });
}

function completion(image: Image, standing: Standing, { kind, now, evidence }: Move): PlannedCommit {
  const { rollout, position, sides } = standing;
  const done: RolloutPosition = { ...stopped(position, now), state: 'completed', waiting: '' };
  return commitOf(image, standing, {
    edits: editsBetween(sides, completed(sides, rollout.value)),
    state: [positionEdit(rollout.key, done, standing)],
    event: rolloutEvent('complete', rollout.value, done, { held: done.held, by: kind, ...evidence }),
  });
}
