import type { Change, DocumentChange } from '../domain/change.js';
import { type Documents, type Edit, ref } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { undoOf } from '../domain/logged-change.js';
import type { Store } from '../ports/store.js';

const PAGE = 200;

/**
 * What a change of the log wrote, whole documents. The log holds of a segment's lists only what became of them: they are
 * taken back from how they stand in `image`, one later change after the other.
 */
export async function writtenAt(store: Store, image: Image, change: Change): Promise<Edit[]> {
  const edits: Edit[] = [];
  for (const document of change.documents) edits.push(await editAt(store, image, change, document));
  return edits;
}

async function editAt(
  store: Store,
  image: Image,
  { revision }: Change,
  { kind, key, after }: DocumentChange,
): Promise<Edit> {
  if (kind !== 'segment' || after === null) return { kind, key, value: after } as Edit;
  const value = (await segmentAt(store, image, key, revision)).value('segment', key) ?? null;
  return { kind, key, value };
}

/** The documents with the segment as it was right after `revision`. */
async function segmentAt(store: Store, image: Image, key: string, revision: number): Promise<Documents> {
  const document = ref('segment', key);
  let { documents } = image;
  for (let before = image.revision + 1, more = true; more;) {
    const page = await store.history(image.scope, { before, limit: PAGE, document });
    for (const change of page.changes.filter((later) => later.revision > revision)) {
      const own = change.documents.filter((one) => one.kind === 'segment' && one.key === key);
      documents = documents.with(undoOf(documents, { ...change, documents: own }), 0);
    }
    before = page.changes.at(-1)?.revision ?? 0;
    more = page.more && before > revision;
  }
  return documents;
}
