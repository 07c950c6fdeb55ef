import type { StateEdit, StoredState } from '../domain/change.js';
import type { Edit } from '../domain/documents.js';
import type { Image } from '../domain/image.js';

/** What a commit writes, as far as an image shows it. */
export interface Written {
  readonly edits: readonly Edit[];
  readonly state?: readonly Pick<StateEdit, 'key' | 'value'>[];
}

/** The image as it is, or would be, once this is written at `revision`. */
export function imageAfter(image: Image, { edits, state = [] }: Written, revision: number): Image {
  const states = new Map<string, StoredState>(image.states);
  for (const { key, value } of state) {
    if (value === null) states.delete(key);
    else states.set(key, { key, value, revision: (states.get(key)?.revision ?? 0) + 1 });
  }
  return { ...image, revision, states, documents: image.documents.with(edits, revision) };
}
