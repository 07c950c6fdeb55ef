import type { DocumentOf, Kind, Stored } from '../domain/documents.js';
import type { Image } from '../domain/image.js';

/** A document as the API shows it: the stored JSON and the revision that wrote it. */
export type Presented<K extends Kind> = DocumentOf<K> & { readonly revision: number };

/** How the API shows a document of a kind; kinds with state add it from the image. */
export type Present<K extends Kind, P extends Presented<K> = Presented<K>> = (
  image: Image,
  stored: Stored<K>,
) => P;

export function presentPlain<K extends Kind>(_: Image, stored: Stored<K>): Presented<K> {
  return { ...(stored.value as DocumentOf<K>), revision: stored.revision };
}
