import type { Stored } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { type Presented, presentPlain } from '../changes/presentation.js';

/** A flag as the API shows it: whether it is archived is said either way. */
export type PresentedFlag = Presented<'flag'> & { readonly archived: boolean };

/** Presented once: stored documents are never changed, and a list shows most of them as they were shown before. */
const presented = new WeakMap<Stored<'flag'>, PresentedFlag>();

export function presentFlag(image: Image, stored: Stored<'flag'>): PresentedFlag {
  let flag = presented.get(stored);
  if (flag === undefined) {
    const plain = presentPlain(image, stored);
    presented.set(stored, (flag = { ...plain, archived: plain.archived === true }));
  }
  return flag;
}
