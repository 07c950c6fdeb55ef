import type { SegmentKeyChange } from '@tidegate/sdk/engine';
import type { Change, DocumentChange } from './change.js';
import { type Documents, type Edit, ref, type Ref } from './documents.js';
import { type FieldChange, fieldDiff } from './field-diff.js';
import { isSameJson } from './same-json.js';
import { headOf, NO_KEY_CHANGE, segmentKeyChange, segmentKeysTogether } from './segment-keys.js';

/** What became of one document over one or more changes; null = absent. */
export interface DocumentDiff extends DocumentChange {
  /** In the order in which they lead from before to after. */
  readonly fields: readonly FieldChange[];
  /** Revisions of the changes that wrote it, rising. */
  readonly revisions: readonly number[];
  /** Who made them, each once, in the order of their first change. */
  readonly actors: readonly string[];
}

interface Span {
  readonly last: DocumentChange;
  first: DocumentChange;
  keys: SegmentKeyChange;
  readonly revisions: number[];
  readonly actors: string[];
}

/** Adds changes up to what became of each document: only its first and last form are kept. */
export class NetChanges {
  readonly #spans = new Map<Ref, Span>();

  /** Takes the change before all those that were taken. */
  takeEarlier({ revision, actor, documents }: Change): void {
    for (const document of documents) {
      const name = ref(document.kind, document.key);
      const span = this.#spans.get(name) ?? {
        last: document,
        first: document,
        keys: NO_KEY_CHANGE,
        revisions: [],
        actors: [],
      };
      span.first = document;
      span.keys = segmentKeysTogether(document.keys ?? NO_KEY_CHANGE, span.keys);
      span.revisions.push(revision);
      span.actors.push(actor);
      this.#spans.set(name, span);
    }
  }

  /** By kind and key in code-unit order, without those that are in the end as they were. */
  diffs(): DocumentDiff[] {
    const spans = [...this.#spans].sort(([a], [b]) => (a < b ? -1 : 1));
    return spans.flatMap(([, { first, last, keys, revisions, actors }]) => {
      const [before, after] = [first.before, last.after];
      if (isSameJson(before, after) && isSameJson(keys, NO_KEY_CHANGE)) return [];
      const made = { revisions: revisions.toReversed(), actors: [...new Set(actors.toReversed())] };
      const listed = last.kind === 'segment' ? { keys } : {};
      return [{ ...last, before, after, ...listed, fields: fieldDiff(before, after), ...made }];
    });
  }
}

/** What edits do to these documents. */
export function documentChanges(documents: Documents, edits: readonly Edit[]): DocumentChange[] {
  return edits.map((edit) => documentChange(documents, edit));
}

function documentChange(documents: Documents, edit: Edit): DocumentChange {
  const { kind, key, value } = edit;
  if (edit.kind !== 'segment') return { kind, key, before: documents.value(kind, key) ?? null, after: value };
  const before = documents.value('segment', key) ?? null;
  const keys = segmentKeyChange(before, edit.value);
  return { kind, key, before: before && headOf(before), after: edit.value && headOf(edit.value), keys };
}
