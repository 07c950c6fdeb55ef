import type { Segment, SegmentHead } from '@tidegate/sdk/engine';
import type { Change, DocumentChange, LoggedDocument } from './change.js';
import type { Documents, Edit } from './documents.js';
import { presentForm } from './stored-form.js';
import { reversedSegmentKeys, withSegmentKeys } from './segment-keys.js';

/** What a change wrote, whole documents; `documents` are those before it, which the lists of segments grow from. */
export function editsOf(documents: Documents, { documents: changed }: Change): Edit[] {
  return changed.map((change) => editTo(documents, change, change.after, change.keys));
}

/**
 * What takes a change back: its documents as they were before it. `documents` are those after it; where a segment was
 * written again since, its keys are taken back from how its lists stand now.
 */
export function undoOf(documents: Documents, { documents: changed }: Change): Edit[] {
  return changed.map((change) =>
    editTo(documents, change, change.before, change.keys && reversedSegmentKeys(change.keys)),
  );
}

function editTo(
  documents: Documents,
  { kind, key }: DocumentChange,
  value: LoggedDocument | null,
  keys: DocumentChange['keys'],
): Edit {
  // An entry of the first layout has segments whole.
  if (kind !== 'segment' || value === null || keys === undefined)
    return { kind, key, value: presentForm(kind, value) } as Edit;
  const standing: Segment | null = documents.value('segment', key) ?? null;
  return { kind, key, value: withSegmentKeys(value as SegmentHead, standing, keys) };
}
