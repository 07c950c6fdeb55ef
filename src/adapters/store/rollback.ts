import type { ChangeEvent, Commit, StateEdit } from '../../domain/change.js';
import { Documents, ref, type Edit, type Kind, type Ref, type Stored } from '../../domain/documents.js';
import { stateKey, type Image } from '../../domain/image.js';
import type { Rollout, RolloutPosition } from '../../domain/rollout.js';
import { abortedAt } from '../../domain/rollout/abort.js';
import { mergeEdits } from '../../domain/rollout/follow-ups.js';
import { keptRecord, keptRecords } from '../../domain/rollout/latches.js';
import { positionOf, unfinishedRollouts, type UnfinishedRollout } from '../../domain/rollout/position.js';
import { editsBetween, sidesOf, withdrawn } from '../../domain/rollout/sides.js';
import { movesAny } from '../../domain/rollout/target.js';
import type { LoadedScope } from './ledger.js';
import { lostSchedules } from './lost-schedules.js';

/** What was lost: all after revision `base` of what `known` remembers; `stands` is what the store holds now. */
interface Loss {
  readonly known: Image;
  readonly stands: Image;
  readonly base: number;
}

/**
 * The commit that writes again, on a store that has lost what came after revision `base`, what safety needs: each flag
 * that was off goes off, each route that was closed is closed, each rollout that was aborted, or that one of these ends,
 * is aborted (its owned rules leave flag and routes), guards that were latched are latched, and scheduled changes that were
 * over don't wait any more. Nothing else, and nothing on a document that was written after `base`: somebody has decided on
 * it anew. Null when there is nothing of that kind.
 * `now`: the store's time, epoch ms.
 */
export function planRollback(known: Image, loaded: LoadedScope, base: number, now: number): Commit | null {
  const loss: Loss = { known, stands: imageOf(known.scope, loaded), base };
  const closing = [...flagsOff(loss), ...routesClosed(loss)];
  const aborted = unfinishedRollouts(loss.stands).flatMap((rollout) => abortOf(loss, rollout, closing, now));
  const latches = lostLatches(loss);
  const ended = lostSchedules(known, loss.stands, now);
  const edits = withoutOwnedRules(
    loss.stands.documents,
    closing,
    aborted.map(({ rollout }) => rollout),
  );
  const restored = [
    ...closing.map(({ kind, key }) => ref(kind, key)),
    ...aborted.map(({ rollout }) => ref('rollout', rollout.key)),
    ...latches.map(({ guard }) => ref('guard', guard)),
  ];
  const subject = restored[0] ?? (ended.length > 0 ? ref('settings', 'environment') : undefined);
  if (subject === undefined) return null;
  return {
    edits,
    state: [...aborted.map(({ edit }) => edit), ...latches.map(({ edit }) => edit), ...ended],
    event: eventOf(loss, subject, restored),
    expected: Object.fromEntries(
      edits.map(({ kind, key }) => [ref(kind, key), loss.stands.documents.get(kind, key)?.revision ?? 0]),
    ),
    actor: 'system:rollback',
    reason: 'The store has lost changes: what was off, closed, aborted or latched is so again',
  };
}

function flagsOff(loss: Loss): Edit[] {
  return loss.known.documents.list('flag').flatMap(({ key, value }): Edit[] => {
    const stands = untouched(loss, 'flag', key);
    if (value.enabled || !stands?.value.enabled) return [];
    return [{ kind: 'flag', key, value: { ...stands.value, enabled: false } }];
  });
}

function routesClosed(loss: Loss): Edit[] {
  return loss.known.documents.list('route').flatMap(({ key, value: { closed } }): Edit[] => {
    const stands = untouched(loss, 'route', key);
    if (closed === null || stands === undefined || stands.value.closed !== null) return [];
    // A version that the store's older document doesn't have can't take the traffic.
    if (!Object.hasOwn(stands.value.versions, closed)) return [];
    return [{ kind: 'route', key, value: { ...stands.value, closed } }];
  });
}

function abortOf(
  loss: Loss,
  { rollout, position, revision }: UnfinishedRollout,
  closing: readonly Edit[],
  now: number,
): { readonly rollout: Rollout; readonly edit: StateEdit }[] {
  const known = positionOf(loss.known, rollout.key).position;
  const lost = rollout.revision <= loss.base && known.state === 'aborted' && known.run >= position.run;
  if (!lost && !isEndedBy(rollout.value, closing)) return [];
  const value: RolloutPosition = lost ? known : abortedAt(position, now);
  return [
    { rollout: rollout.value, edit: { key: stateKey.rollout(rollout.key), value, expected: revision } },
  ];
}

function isEndedBy(rollout: Rollout, closing: readonly Edit[]): boolean {
  return closing.some(({ kind, key }) =>
    movesAny(rollout, kind === 'flag' ? { flag: key } : { routes: [key] }),
  );
}

function withoutOwnedRules(
  documents: Documents,
  closing: readonly Edit[],
  aborted: readonly Rollout[],
): Edit[] {
  let edits: Edit[] = [...closing];
  for (const rollout of aborted) {
    const sides = sidesOf(documents.with(edits, 0), rollout);
    edits = mergeEdits(edits, editsBetween(sides, withdrawn(sides, rollout)));
  }
  return edits;
}

function lostLatches(loss: Loss): { readonly guard: string; readonly edit: StateEdit }[] {
  return keptRecords(loss.known).flatMap(({ guard, subject, record }) => {
    if (record.trip === null || untouched(loss, 'guard', guard) === undefined) return [];
    const stands = keptRecord(loss.stands, guard, subject);
    if (stands.record?.trip || !isThere(loss.stands, subject)) return [];
    return [
      { guard, edit: { key: stateKey.guard(guard, subject), value: record, expected: stands.revision } },
    ];
  });
}

function eventOf({ known, base }: Loss, subject: Ref, restored: readonly Ref[]): ChangeEvent {
  return {
    kind: 'rollback',
    subject,
    evidence: { knownRevision: known.revision, storeRevision: base, restored },
  };
}

/** The store's document, unless it is gone or was written after the loss. */
function untouched<K extends Kind>({ stands, base }: Loss, kind: K, key: string): Stored<K> | undefined {
  const document = stands.documents.get(kind, key);
  return document !== undefined && document.revision <= base ? document : undefined;
}

function isThere({ documents }: Image, subject: string): boolean {
  const slash = subject.indexOf('/');
  return documents.get(subject.slice(0, slash) as Kind, subject.slice(slash + 1)) !== undefined;
}

function imageOf(scope: string, loaded: LoadedScope): Image {
  return {
    scope,
    epoch: loaded.epoch,
    revision: loaded.revision,
    documents: new Documents(loaded.documents),
    states: new Map(loaded.states.map((state) => [state.key, state])),
  };
}
