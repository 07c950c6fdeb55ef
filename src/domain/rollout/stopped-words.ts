import type { StateEdit } from '../change.js';
import { type Image, stateKey } from '../image.js';
import type { RolloutPosition } from '../rollout.js';
import { positionEdit } from './act.js';
import { standingRollouts } from './position.js';

/** A guard that stopped rollouts by itself. */
interface Stopping {
  readonly guard: string;
  /** `rollout/<key>`, or `flag/<key>` or `route/<key>` that it watches alone. */
  readonly subject: string;
  /** Why; `words` of it are told. */
  readonly evidence: { readonly [name: string]: unknown };
}

/** What became of a rollout, and whether the guard has to be reset first. */
interface Stopped extends Stopping {
  readonly state: RolloutPosition['state'];
  readonly isLatched: boolean;
}

/** What holds a rollout that a guard paused or aborted: which guard, what it found, and what a person can do. */
export function stoppedWords({ guard, subject, evidence, state, isLatched }: Stopped): string {
  return `Guard ${guard} has ${state} it${foundWords(evidence)}. ${wayOn(state, subject, isLatched)}`;
}

/** `: errors 3.1× control`; empty where a trip was written without words. */
export function foundWords({ words }: Stopping['evidence']): string {
  return typeof words === 'string' && words !== '' ? `: ${words.replace(/\.$/, '')}` : '';
}

function wayOn(state: Stopped['state'], subject: string, isLatched: boolean): string {
  if (state === 'paused')
    return isLatched ? 'To go on, override the guard, or reset it and resume.' : 'To go on, resume.';
  const open = subject.startsWith('route/') ? 'open the route and ' : '';
  if (!isLatched) return `To begin anew, ${open}start.`;
  return subject.startsWith('rollout/')
    ? 'To go on, override the guard; to begin anew, reset it and start.'
    : `To begin anew, reset the guard${open === '' ? ' and ' : `, ${open}`}start.`;
}

/** Position edits in which each rollout that an edit of the guard stopped says so. */
export function toldIn(edits: readonly StateEdit[], stopping: Stopping, isLatched: boolean): StateEdit[] {
  return edits.map((edit) => {
    if (!edit.key.startsWith(stateKey.rollout('')) || edit.value === null) return edit;
    const position = edit.value as RolloutPosition;
    const waiting = stoppedWords({ ...stopping, state: position.state, isLatched });
    return { ...edit, value: { ...position, waiting } };
  });
}

/** What else is written with a reset: each rollout that the trip stopped, and that still stands as it left it, waits for less now. */
export function toldOfReset(image: Image, stopping: Stopping): StateEdit[] {
  return standingRollouts(image, ({ state, waiting }) => {
    return waiting !== '' && waiting === stoppedWords({ ...stopping, state, isLatched: true });
  }).map(({ rollout, position, revision }) => {
    const waiting = stoppedWords({ ...stopping, state: position.state, isLatched: false });
    return positionEdit(rollout.key, { ...position, waiting }, { position, revision });
  });
}
