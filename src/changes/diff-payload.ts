import type { DocumentChange } from '../domain/change.js';
import { type FieldChange, fieldDiff } from '../domain/field-diff.js';
import type { Outcome } from './change.service.js';

/** What a mutation answers that writes several documents: what became, or in a dry run would become, of each. */
export type DiffPayload = Pick<Outcome, 'revision' | 'userErrors' | 'warnings'> & {
  readonly documents: readonly (DocumentChange & { readonly fields: readonly FieldChange[] })[];
};

export async function diffPayloadOf(writing: Promise<Outcome>): Promise<DiffPayload> {
  const { revision, userErrors, warnings, documents } = await writing;
  return {
    revision,
    userErrors,
    warnings,
    documents: documents.map((one) => ({ ...one, fields: fieldDiff(one.before, one.after) })),
  };
}
