import type { Stored } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import { type Presented, presentPlain } from '../changes/presentation.js';

/** A flag as the API shows it: whether it is archived is said either way. */
export type PresentedFlag = Presented<'flag'> & { readonly archived: boolean };

export function presentFlag(image: Image, stored: Stored<'flag'>): PresentedFlag {
  const flag = presentPlain(image, stored);
  return { ...flag, archived: flag.archived === true };
}
