import { type Presented, presentPlain } from '../changes/presentation.js';
import type { Stored } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { type Assignment, assignmentOf } from '../domain/rollout/assignment.js';
import { positionOf } from '../domain/rollout/position.js';
import { positionToken, type RolloutPosition, type RolloutRoute } from '../domain/rollout.js';

export type PresentedRollout = Presented<'rollout'> & {
  /** The first route, for readers of the form before there were several. */
  readonly route: RolloutRoute | null;
  readonly position: RolloutPosition & { readonly token: string };
  /** Of the present run; null where nobody was seen in it. */
  readonly assignment: Assignment | null;
};

/** A rollout together with where it stands. */
export function presentRollout(image: Image, stored: Stored<'rollout'>): PresentedRollout {
  const rollout = presentPlain(image, stored);
  const { assignment } = assignmentOf(image, rollout.key);
  const { position } = positionOf(image, rollout.key);
  return {
    ...rollout,
    route: rollout.routes[0] ?? null,
    position: { ...position, token: positionToken(position) },
    assignment: assignment?.run === position.run ? assignment : null,
  };
}
