import type { ChangeEvent } from '../change.js';
import type { EventKind } from '../event-kind.js';
import { ref } from '../documents.js';
import type { Rollout, RolloutPosition } from '../rollout.js';

/** An event of a rollout: where it stands then, in figures and words, and what led there. */
export function rolloutEvent(
  kind: EventKind,
  rollout: Rollout,
  position: RolloutPosition,
  evidence: ChangeEvent['evidence'] = {},
): ChangeEvent {
  const standing = {
    run: position.run,
    step: position.step + 1,
    of: rollout.steps.length,
    reach: reachInWords(rollout, position.step),
  };
  return { kind, subject: ref('rollout', rollout.key), evidence: { ...standing, ...evidence } };
}

/** Whom a step lets in: `employees` or `5 %`. */
export function reachInWords(rollout: Rollout, step: number): string {
  const standing = rollout.steps[step];
  if (standing === undefined) return 'nobody';
  return 'audience' in standing ? standing.audience : `${standing.weight / 1_000} %`;
}
