import type { SegmentKeyChange } from '@tidegate/sdk/engine';
import type { Commit, LoggedDocument } from '../../domain/change.js';
import { Documents, type Edit, type Kind } from '../../domain/documents.js';
import { headOf, segmentKeyChange } from '../../domain/segment-keys.js';

/** An edit as it is stored and logged: of a segment its head, and beside it what becomes of its lists of keys. */
export interface LedgerEdit {
  readonly kind: Kind;
  readonly key: string;
  readonly value: LoggedDocument | null;
  /** Of segments only, and of each. */
  readonly keys?: SegmentKeyChange;
}

/** A commit as a ledger takes it. */
export interface LedgerCommit extends Omit<Commit, 'edits'> {
  readonly edits: readonly LedgerEdit[];
}

const NONE = new Documents([]);

/**
 * The commit for a ledger. `documents`: those that stand, at the revisions that the commit expects (by default none); the
 * ledger refuses it where others do, so what becomes of a list is told from how it is in the store.
 */
export function ledgerCommit(commit: Commit, documents: Documents = NONE): LedgerCommit {
  return { ...commit, edits: commit.edits.map((edit) => ledgerEdit(edit, documents)) };
}

function ledgerEdit(edit: Edit, documents: Documents): LedgerEdit {
  if (edit.kind !== 'segment') return edit;
  const { kind, key, value } = edit;
  const keys = segmentKeyChange(documents.value(kind, key) ?? null, value);
  return { kind, key, value: value === null ? null : headOf(value), keys };
}
