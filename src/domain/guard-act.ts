import type { ChangeEvent, StateEdit } from './change.js';
import { type Edit, ref } from './documents.js';
import { type Guard, type GuardAction, type GuardTarget, isBinding } from './guard.js';
import type { GuardRecord } from './guard/guard-record.js';
import { targetRef } from './guard/target-ref.js';
import { type Image, stateKey } from './image.js';
import { abortedAt } from './rollout/abort.js';
import { type PlannedCommit, positionEdit, revisionsOf } from './rollout/act.js';
import { reachInWords } from './rollout/evidence.js';
import { followUps, mergeEdits } from './rollout/follow-ups.js';
import { stopped } from './rollout/held.js';
import { isUnfinished, positionOf } from './rollout/position.js';
import { atStep, editsBetween, type Sides, sidesOf, withdrawn } from './rollout/sides.js';
import { toldIn } from './rollout/stopped-words.js';
import type { Rollout, RolloutPosition } from './rollout.js';

/** What a guard does of itself on one subject: why, in what words, and the record that it leaves. */
export interface GuardAct {
  /** Its `action` is the one to be done. */
  readonly guard: Guard;
  /** `rollout/<key>`, `flag/<key>` or `route/<key>`. */
  readonly subject: string;
  readonly kind: Extract<ChangeEvent['kind'], 'trip' | 'blind'>;
  /** To be written in the same commit. */
  readonly record: GuardRecord;
  /** Revision of the record's state as read, 0 = there was none. */
  readonly revision: number;
  readonly evidence: { readonly [name: string]: unknown };
}

/**
 * One commit at `now` (store time). On a rollout: its rules go from flag and routes, the rollout is aborted, and with
 * `disable` the flag goes off; with `stepBack` it goes to the step before and with `pause` it stays, paused in both; where there
 * is no step before, `stepBack` restores. Alone: the flag goes off, or the route is closed to the control version, and
 * whatever rollout moves it is aborted. `tell` and `none` change nothing. Null when there is nothing left to act on: the
 * subject is gone, or the run ended meanwhile.
 */
export function commitOfGuard(image: Image, act: GuardAct, now: number): PlannedCommit | null {
  const [kind, key] = [act.subject.split('/', 1)[0], act.subject.slice(act.subject.indexOf('/') + 1)];
  return kind === 'rollout' ? onRollout(image, act, key, now) : alone(image, act, now);
}

/** What a guard of this rollout does by choice, or else: `disable` where the flag's off variant is the control. */
function actionOf(guard: Guard, rollout: Rollout, { flag }: Sides): GuardAction {
  if (guard.action !== null && guard.action !== 'disable') return guard.action;
  if (guard.kind === 'topline' && guard.action === null) return 'pause';
  if (flag === null || rollout.flag === null) return 'restore';
  return guard.action ?? (flag.offVariant === rollout.flag.control ? 'disable' : 'restore');
}

function onRollout(image: Image, act: GuardAct, key: string, now: number): PlannedCommit | null {
  const rollout = image.documents.value('rollout', key);
  const stored = positionOf(image, key);
  const { position } = stored;
  if (rollout === undefined || !isUnfinished(position) || act.record.run !== position.run) return null;
  const sides = sidesOf(image.documents, rollout);
  const wished = actionOf(act.guard, rollout, sides);
  const action = wished === 'stepBack' && position.step === 0 ? 'restore' : wished;
  const { after, to } = outcomeOf(action, { guard: act.guard.key, rollout, position, sides }, now);
  const edits = editsBetween(sides, after);
  const moved = to === position ? [] : toldOf(act, [positionEdit(key, to, stored)]);
  const where = { run: position.run, step: position.step + 1, reach: reachInWords(rollout, position.step) };
  const blame = act.kind === 'trip' ? blameOf(act.guard, rollout) : null;
  return {
    edits,
    state: [...moved, recordEdit(act)],
    event: eventOf(act, { action, blame, ...where }),
    ...revisionsOf(image, edits, [ref('guard', act.guard.key), ref('rollout', key)]),
  };
}

/**
 * What is bad where a guard has tripped: the arms of a rollout that moves both can't be told apart, and a topline guard sees no arms.
 */
function blameOf({ kind }: Guard, { flag, routes }: Rollout): 'flag' | 'version' | 'flag or version' | null {
  if (kind === 'topline') return null;
  if (flag === null) return 'version';
  return routes.length === 0 ? 'flag' : 'flag or version';
}

interface Stopping {
  /** Key of the guard. */
  readonly guard: string;
  readonly rollout: Rollout;
  readonly position: RolloutPosition;
  readonly sides: Sides;
}

/** What becomes of both sides, and of the position. */
function outcomeOf(
  action: GuardAction,
  { guard, rollout, position, sides }: Stopping,
  now: number,
): { readonly after: Sides; readonly to: RolloutPosition } {
  const paused = { ...stopped(position, now), state: 'paused' as const, waiting: '' };
  switch (action) {
    case 'tell':
    case 'none':
      return { after: sides, to: position };
    case 'pause':
      return { after: sides, to: paused };
    case 'stepBack': {
      const step = position.step - 1;
      return { after: atStep(sides, rollout, step), to: { ...paused, step, held: 0, stepStartedAt: now } };
    }
    default: {
      const { flag, routes } = withdrawn(sides, rollout);
      const off = flag && action === 'disable' ? { ...flag, enabled: false } : flag;
      return { after: { flag: off, routes }, to: { ...abortedAt(position, now), abortedBy: guard } };
    }
  }
}

function alone(image: Image, act: GuardAct, now: number): PlannedCommit | null {
  const { target } = act.guard;
  const action = isBinding(act.guard) ? 'disable' : (act.guard.action ?? 'disable');
  const closing = target === null ? null : closingEdits(image, target);
  if (target === null || closing === null) return null;
  if (action !== 'disable') return toldOnly(image, act, action);
  const dragged = followUps(image, closing, now);
  const edits = mergeEdits(closing, dragged.edits);
  const aborted = dragged.event === undefined ? {} : { aborted: dragged.event.subject };
  return {
    edits,
    state: [...toldOf(act, dragged.state), recordEdit(act)],
    event: eventOf(act, { action: 'disable', ...aborted }),
    ...revisionsOf(image, edits, [ref('guard', act.guard.key), targetRef(target)]),
  };
}

/** The record and the event of a guard that changes nothing. */
function toldOnly(image: Image, act: GuardAct, action: GuardAction): PlannedCommit {
  return {
    edits: [],
    state: [recordEdit(act)],
    event: eventOf(act, { action }),
    ...revisionsOf(image, [], [ref('guard', act.guard.key)]),
  };
}

/** Flag off or route closed, none where that is so already; null when the target is gone. */
function closingEdits({ documents }: Image, target: GuardTarget): Edit[] | null {
  if ('flag' in target) {
    const flag = documents.value('flag', target.flag);
    if (flag === undefined) return null;
    return flag.enabled ? [{ kind: 'flag', key: flag.key, value: { ...flag, enabled: false } }] : [];
  }
  const route = documents.value('route', target.route);
  if (route === undefined) return null;
  if (route.closed === target.control) return [];
  return [{ kind: 'route', key: route.key, value: { ...route, closed: target.control } }];
}

/** The same edits, in which each rollout that the guard stops says so. */
function toldOf({ guard, subject, kind, evidence }: GuardAct, edits: readonly StateEdit[]): StateEdit[] {
  return toldIn(edits, { guard: guard.key, subject, evidence }, kind === 'trip');
}

function recordEdit({ guard, subject, record, revision }: GuardAct): PlannedState {
  return { key: stateKey.guard(guard.key, subject), value: record, expected: revision };
}

type PlannedState = NonNullable<PlannedCommit['state']>[number];

function eventOf(
  { guard, subject, kind, evidence }: GuardAct,
  what: { readonly [name: string]: unknown },
): ChangeEvent {
  return { kind, subject: ref('guard', guard.key), evidence: { of: subject, ...what, ...evidence } };
}
