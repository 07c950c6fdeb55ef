import type { Change, ChangeEvent, DocumentChange } from './change.js';
import { ref, type Ref } from './documents.js';
import type { EventKind } from './event-kind.js';
import type { Image } from './image.js';
import { undoOf } from './logged-change.js';
import { type Plan, refuse } from './plan.js';
import { planChange, type PlanOptions, type ProposedEdit } from './plan-change.js';
import type { UserError } from './problem.js';
import { withEvent } from './told-plan.js';

/** Changes that are told by such an event are edits of documents all the same; any other one is an act. */
const OF_EDITS: readonly EventKind[] = ['revert', 'copy', 'apply'];

/** The edits that undo a change. */
export function revertProposals({ documents }: Image, change: Change): ProposedEdit[] {
  return undoOf(documents, change).map(({ kind, key, value }) => {
    const present = documents.get(kind, key) !== undefined;
    const mode = value === null ? 'delete' : present ? 'update' : 'create';
    return { kind, key, value, mode, field: 'revision' };
  });
}

/**
 * Undoes one change: each of its documents is again as it was before, all or none, as an edit by a person like any other
 * (codes of `planChange`, at `revision`). `latest`: revision of the last change of each document of it that is not there
 * now. NOT_REVERTIBLE: it wrote no document, or was an act on a rollout or a guard. CONFLICT, with the later revision:
 * one of its documents was written since.
 */
export function planRevert(
  image: Image,
  change: Change,
  options: PlanOptions & { readonly latest: ReadonlyMap<Ref, number> },
): Plan {
  const act = actError(change);
  if (act !== null) return refuse([act]);
  const conflicts = change.documents.flatMap((document) => conflict(image, change, document, options.latest));
  if (conflicts.length > 0) return refuse(conflicts);
  const plan = planChange(image, revertProposals(image, change), options);
  return withEvent(plan, revertEvent(change));
}

/** The documents of a change that are not there now: only the log tells when they were last written. */
export function absentNow(image: Image, { documents }: Change): Ref[] {
  return documents
    .filter(({ kind, key }) => image.documents.get(kind, key) === undefined)
    .map(({ kind, key }) => ref(kind, key));
}

function actError({ revision, event, documents }: Change): UserError | null {
  const edits = event === null || OF_EDITS.includes(event.kind);
  if (edits && documents.length > 0) return null;
  const what = event === null ? 'wrote no document' : `is the ${event.kind} of ${event.subject}`;
  const message = `Change ${revision} ${what}: only edits of documents can be undone; act on it instead.`;
  return { field: 'revision', message, code: 'NOT_REVERTIBLE' };
}

function conflict(
  image: Image,
  change: Change,
  { kind, key }: DocumentChange,
  latest: ReadonlyMap<Ref, number>,
): UserError[] {
  const later = image.documents.get(kind, key)?.revision ?? latest.get(ref(kind, key)) ?? change.revision;
  if (later === change.revision) return [];
  const message = `The ${kind} "${key}" was written again by change ${later}: undo that first, or edit it.`;
  return [{ field: 'revision', message, code: 'CONFLICT' }];
}

function revertEvent({ revision, documents }: Change): ChangeEvent {
  const names = documents.map(({ kind, key }) => ref(kind, key));
  const [subject = 'settings/environment'] = names;
  return { kind: 'revert', subject, evidence: { reverts: revision, documents: names } };
}
