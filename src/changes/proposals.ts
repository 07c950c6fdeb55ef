import { type Ref, ref } from '../domain/documents.js';
import type { Image } from '../domain/image.js';
import type { ProposedEdit } from '../domain/plan-change.js';
import type { UserError } from '../domain/problem.js';
import type { DocumentChangeInput } from '../schema.types.js';

const MOST_CHANGES = 500;

/** What is wrong with a list of changes before any document is looked at: INVALID_INPUT, TOO_LARGE. */
export function listFaults(changes: readonly DocumentChangeInput[]): UserError[] {
  if (changes.length > MOST_CHANGES) {
    const message = `Holds ${changes.length} changes; at most ${MOST_CHANGES} at once.`;
    return [{ field: 'changes', message, code: 'TOO_LARGE' }];
  }
  return changes.flatMap(({ value }, index): UserError[] => {
    if (value !== undefined) return [];
    const message = 'Give the whole document, or null to delete it.';
    return [{ field: `changes.${index}.value`, message, code: 'INVALID_INPUT' }];
  });
}

/** The revisions that the caller read. */
export function expectedRevisions(changes: readonly DocumentChangeInput[]): { readonly [ref: Ref]: number } {
  return Object.fromEntries(
    changes.flatMap(({ kind, key, expectedRevision }) =>
      expectedRevision == null ? [] : [[ref(kind, key), expectedRevision]],
    ),
  );
}

/** What each change means on this image: what is not there is created. Errors stand below `changes.<n>`. */
export function proposalsOf(image: Image, changes: readonly DocumentChangeInput[]): ProposedEdit[] {
  return changes.map((change, index) => proposalOf(image, change, `changes.${index}`));
}

/** Key and revision stand beside the document in the input, and not inside it. */
export function inInput(error: UserError): UserError {
  return {
    ...error,
    field: error.field.replace(/^(changes\.\d+)\.value\.(key|kind|expectedRevision)$/, '$1.$2'),
  };
}

function proposalOf(image: Image, { kind, key, value }: DocumentChangeInput, field: string): ProposedEdit {
  if (value === null) return { kind, key, value, mode: 'delete', field };
  const present = image.documents.get(kind, key) !== undefined;
  const whole = typeof value === 'object' && !Array.isArray(value) ? { key, ...value } : value;
  return { kind, key, value: whole, mode: present ? 'update' : 'create', field: `${field}.value` };
}
