import { type Edit, ref } from './documents.js';
import { type Guard, type GuardAction, type GuardTarget, isBinding } from './guard.js';
import type { GuardRecord } from './guard/guard-record.js';
import { type Image, stateKey } from './image.js';
import { abortedAt } from './rollout/abort.js';
import { type PlannedCommit, positionEdit, revisionsOf } from './rollout/act.js';
import { reachInWords } from './rollout/evidence.js';
import { followUps, mergeEdits } from './rollout/follow-ups.js';
import { stopped } from './rollout/held.js';
import { isUnfinished, positionOf } from './rollout/position.js';
import { atStep, editsBetween, type Sides, sidesOf, withdrawn } from './rollout/sides.js';
import type { Rollout, RolloutPosition } from './rollout.js';

/** A breach: the guard, what it watches, its record after the window that broke it, and why in figures and words. */
export interface Breach {
  readonly guard: string;
  /** `rollout/<key>`, `flag/<key>` or `route/<key>`. */
  readonly subject: string;
  readonly record: GuardRecord;
  /** Revision of the record's state as read, 0 = there was none. */
  readonly revision: number;
  readonly evidence: { readonly [name: string]: unknown };
}

/**
 * What a breached guard does, in one commit at `now` (store time). On a rollout: its rules go from flag and routes, the
 * rollout is aborted, and with `disable` the flag goes off; with `stepBack` it goes to the step before and with `pause` it
 * stays, paused in both; where there is no step before, `stepBack` restores. Alone: the flag goes off, or the route is closed
 * to the control version, and whatever rollout moves it is aborted. `tell` and `none` change nothing. The guard is latched in
 * any case. Null when there is
 * nothing left to trip: guard or subject is gone, or the run ended meanwhile.
 */
export function trip(image: Image, breach: Breach, now: number): PlannedCommit | null {
  const guard = image.documents.value('guard', breach.guard);
  if (guard === undefined) return null;
  const [kind, key] = [
    breach.subject.split('/', 1)[0],
    breach.subject.slice(breach.subject.indexOf('/') + 1),
  ];
  return kind === 'rollout'
    ? tripRollout(image, { ...breach, definition: guard }, key, now)
    : tripStanding(image, { ...breach, definition: guard }, now);
}

/** What a guard of this rollout does by choice, or else: `disable` where the flag's off variant is the control. */
export function actionOf(guard: Guard, rollout: Rollout, { flag }: Sides): GuardAction {
  if (guard.action !== null && guard.action !== 'disable') return guard.action;
  if (flag === null || rollout.flag === null) return 'restore';
  return guard.action ?? (flag.offVariant === rollout.flag.control ? 'disable' : 'restore');
}

type Tripping = Breach & { readonly definition: Guard };

function tripRollout(image: Image, tripping: Tripping, key: string, now: number): PlannedCommit | null {
  const rollout = image.documents.value('rollout', key);
  const stored = positionOf(image, key);
  const { position } = stored;
  if (rollout === undefined || !isUnfinished(position) || tripping.record.run !== position.run) return null;
  const sides = sidesOf(image.documents, rollout);
  const wished = actionOf(tripping.definition, rollout, sides);
  const action = wished === 'stepBack' && position.step === 0 ? 'restore' : wished;
  const { after, to } = outcomeOf(action, { guard: tripping.guard, rollout, position, sides }, now);
  const edits = editsBetween(sides, after);
  const moved = to === position ? [] : [positionEdit(key, to, stored)];
  const where = { run: position.run, step: position.step + 1, reach: reachInWords(rollout, position.step) };
  return {
    edits,
    state: [...moved, latch(tripping, now)],
    event: tripEvent(tripping, { action, ...where }),
    ...revisionsOf(image, edits, [ref('guard', tripping.guard), ref('rollout', key)]),
  };
}

interface Tripped {
  /** Key of the guard. */
  readonly guard: string;
  readonly rollout: Rollout;
  readonly position: RolloutPosition;
  readonly sides: Sides;
}

/** What becomes of both sides, and of the position. */
function outcomeOf(
  action: GuardAction,
  { guard, rollout, position, sides }: Tripped,
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

function tripStanding(image: Image, tripping: Tripping, now: number): PlannedCommit | null {
  const { target } = tripping.definition;
  const action = isBinding(tripping.definition) ? 'disable' : (tripping.definition.action ?? 'disable');
  const closing = target === null ? null : closingEdits(image, target);
  if (target === null || closing === null) return null;
  if (action !== 'disable') return toldOnly(image, tripping, action, now);
  const dragged = followUps(image, closing, now);
  const edits = mergeEdits(closing, dragged.edits);
  const aborted = dragged.event === undefined ? {} : { aborted: dragged.event.subject };
  return {
    edits,
    state: [...dragged.state, latch(tripping, now)],
    event: tripEvent(tripping, { action: 'disable', ...aborted }),
    ...revisionsOf(image, edits, [
      ref('guard', tripping.guard),
      'flag' in target ? ref('flag', target.flag) : ref('route', target.route),
    ]),
  };
}

/** The latch and the event of a guard that changes nothing. */
function toldOnly(image: Image, tripping: Tripping, action: GuardAction, now: number): PlannedCommit {
  return {
    edits: [],
    state: [latch(tripping, now)],
    event: tripEvent(tripping, { action }),
    ...revisionsOf(image, [], [ref('guard', tripping.guard)]),
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

function latch({ guard, subject, record, revision, evidence }: Breach, now: number): PlannedState {
  const latched: GuardRecord = { ...record, state: 'tripped', trip: record.trip ?? { at: now, evidence } };
  return { key: stateKey.guard(guard, subject), value: latched, expected: revision };
}

type PlannedState = NonNullable<PlannedCommit['state']>[number];

function tripEvent(
  { guard, subject, evidence }: Breach,
  what: { readonly [name: string]: unknown },
): PlannedCommit['event'] {
  return { kind: 'trip', subject: ref('guard', guard), evidence: { of: subject, ...what, ...evidence } };
}
