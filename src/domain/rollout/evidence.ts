import type { ChangeEvent } from '../change.js';
import type { EventKind } from '../event-kind.js';
import { ref } from '../documents.js';
import { previewInWords } from './preview.js';
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

/** Whom a step lets in: `employees`, `preview x-preview: blue`, `mirror of 10 %` or `5 %`. */
export function reachInWords(rollout: Rollout, step: number): string {
  const standing = rollout.steps[step];
  if (standing === undefined) return 'nobody';
  if ('audience' in standing) return standing.audience;
  if ('preview' in standing) return `preview ${previewInWords(standing.preview)}`;
  if ('mirror' in standing) return `mirror of ${standing.mirror} %`;
  return `${standing.weight / 1_000} %`;
}
