/** The fields of a mutation's input that belong to the write and not to the document. */
const WRITE_FIELDS = new Set(['environment', 'reason', 'dryRun', 'idempotencyKey', 'expectedRevision']);

/** The document fields of an input: what is left without the write's own, undefined ones dropped. */
export function documentFields(input: object): { [field: string]: unknown } {
  const fields = Object.entries(input).filter(
    ([name, value]) => !WRITE_FIELDS.has(name) && value !== undefined,
  );
  return Object.fromEntries(fields);
}
