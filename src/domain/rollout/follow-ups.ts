import type { Flag, Route } from '@tidegate/sdk/engine';
import type { ChangeEvent, StateEdit } from '../change.js';
import { type Edit, ref } from '../documents.js';
import { freshRecord } from '../guard/record.js';
import { targetRef } from '../guard/target-ref.js';
import { type Image, stateKey } from '../image.js';
import { namespaceOf } from '../render/render-route-table.js';
import type { RouteStatus } from '../route-status.js';
import { abortedAt } from './abort.js';
import { positionEdit } from './act.js';
import { rolloutEvent } from './evidence.js';
import { keptRecord, keptRecords } from './latches.js';
import { unfinishedRollouts, type UnfinishedRollout } from './position.js';
import { editsBetween, sidesOf, withdrawn } from './sides.js';
import { movesAny, type Target } from './target.js';

/** What has to be in the same commit as given edits. */
export interface FollowUps {
  /** Further edits. One of a document that the given edits write too takes the place of that edit and contains it. */
  readonly edits: readonly Edit[];
  readonly state: readonly StateEdit[];
  readonly event?: ChangeEvent;
}

/**
 * What a person's (or a standing guard's) edits drag along: a flag that goes off or a route that is closed aborts its
 * unfinished rollout on all sides; a deleted document takes its state along; a deleted route is `releasing` until the
 * mesh has let go of its objects; a guard that stands alone gets its record.
 */
export function followUps(image: Image, edits: readonly Edit[], now: number): FollowUps {
  const killed = unfinishedRollouts(image).filter((unfinished) => killOf(unfinished, edits) !== null);
  const after = image.documents.with(edits, image.revision);
  const [first] = killed;
  return {
    edits: killed.flatMap(({ rollout: { value } }) => {
      const sides = sidesOf(after, value);
      return editsBetween(sides, withdrawn(sides, value));
    }),
    state: [
      ...killed.map((one) => positionEdit(one.rollout.key, abortedAt(one.position, now), one)),
      ...edits.flatMap((edit) =>
        edit.value === null ? deletedState(image, edit) : guardState(image, edit, now),
      ),
    ],
    ...(first === undefined ? {} : { event: abortEvent(first, killed, edits) }),
  };
}

/** `edits` with `further` ones, which take the place of edits of the same document. */
export function mergeEdits(edits: readonly Edit[], further: readonly Edit[]): Edit[] {
  const merged = new Map(edits.map((edit) => [ref(edit.kind, edit.key), edit]));
  for (const edit of further) merged.set(ref(edit.kind, edit.key), edit);
  return [...merged.values()];
}

function abortEvent(
  first: UnfinishedRollout,
  all: readonly UnfinishedRollout[],
  edits: readonly Edit[],
): ChangeEvent {
  const others = all.filter((one) => one !== first).map(({ rollout }) => `rollout/${rollout.key}`);
  return rolloutEvent('abort', first.rollout.value, first.position, {
    because: killOf(first, edits),
    ...(others.length > 0 ? { others } : {}),
  });
}

/** Which edit ends the rollout, in words; null when none does. */
function killOf({ rollout: { value } }: UnfinishedRollout, edits: readonly Edit[]): string | null {
  for (const edit of edits) {
    if ((edit.kind !== 'flag' && edit.kind !== 'route') || !movesAny(value, moved(edit))) continue;
    const words = killing(edit.value);
    if (words !== null) return words;
  }
  return null;
}

function moved({ kind, key }: Edit): Target {
  return kind === 'flag' ? { flag: key } : { routes: [key] };
}

function killing(document: Flag | Route | null): string | null {
  if (document === null) return null;
  if ('enabled' in document) return document.enabled ? null : `flag ${document.key} was turned off`;
  return document.closed === null ? null : `route ${document.key} was closed to ${document.closed}`;
}

function deletedState(image: Image, { kind, key }: Edit): StateEdit[] {
  const records = keptRecords(image, ({ guard, subject }) =>
    kind === 'guard' ? guard === key : subject === `${kind}/${key}`,
  ).map(({ guard, subject }) => deletion(stateKey.guard(guard, subject)));
  if (kind === 'rollout' && image.states.has(stateKey.rollout(key))) {
    const assigned = stateKey.assignment(key);
    const forgotten = image.states.has(assigned) ? [deletion(assigned)] : [];
    return [deletion(stateKey.rollout(key)), ...forgotten, ...records];
  }
  if (kind !== 'route') return records;
  const noticed = stateKey.discovery(key);
  return [...releasing(image, key), ...(image.states.has(noticed) ? [deletion(noticed)] : []), ...records];
}

/** A guard that stands alone begins with the commit that points it at its target, and forgets another target. */
function guardState(image: Image, edit: Edit, now: number): StateEdit[] {
  if (edit.kind !== 'guard' || edit.value === null) return [];
  const { key, value } = edit;
  const subject = value.target && targetRef(value.target);
  const left = keptRecords(
    image,
    (kept) => kept.guard === key && !kept.subject.startsWith('rollout/') && kept.subject !== subject,
  ).map((kept) => deletion(stateKey.guard(key, kept.subject)));
  if (subject === null || keptRecord(image, key, subject).record !== null) return left;
  return [...left, { key: stateKey.guard(key, subject), value: freshRecord(0, now), expected: 0 }];
}

function deletion(key: string): StateEdit {
  return { key, value: null };
}

/** The status that a deleted route leaves, so that its objects are known to be ours until they are gone. */
function releasing(image: Image, key: string): StateEdit[] {
  const route = image.documents.value('route', key);
  if (route === undefined) return [];
  const known = image.states.get(stateKey.route(key))?.value as RouteStatus | undefined;
  const left: RouteStatus = {
    desired: '',
    applied: null,
    observed: false,
    ready: {},
    checkedAt: 0,
    error: null,
    namespace: namespaceOf(route.service),
    ...known,
    phase: 'releasing',
  };
  return [{ key: stateKey.route(key), value: left }];
}
