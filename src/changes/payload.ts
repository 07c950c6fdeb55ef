import type { Kind } from '../domain/documents.js';
import type { Outcome } from './change.service.js';
import type { DocumentWrite } from './document.service.js';
import { type Present, type Presented, presentPlain } from './presentation.js';

/** What each mutation of one document answers: the document under the name of its kind, and what became of the write. */
export type Payload<K extends Kind, P extends Presented<K> = Presented<K>> = Pick<
  Outcome,
  'revision' | 'userErrors' | 'warnings'
> & {
  readonly [kind in K]: P | null;
};

/** The payload of a write; its document is null where it was deleted or the write refused. */
export async function payloadOf<K extends Kind, P extends Presented<K> = Presented<K>>(
  kind: K,
  input: DocumentWrite,
  writing: Promise<Outcome>,
  present: Present<K, P> = presentPlain as Present<K, P>,
): Promise<Payload<K, P>> {
  const { revision, userErrors, warnings, image } = await writing;
  const stored = userErrors.length > 0 ? undefined : image.documents.get(kind, input.key);
  return {
    revision,
    userErrors,
    warnings,
    [kind]: stored === undefined ? null : present(image, stored),
  } as Payload<K, P>;
}
