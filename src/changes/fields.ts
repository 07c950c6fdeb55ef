/** The fields of a mutation's input that belong to the write and not to the document. */
const WRITE_FIELDS = new Set(['environment', 'reason', 'dryRun', 'idempotencyKey', 'expectedRevision']);
const TEXTS = new Set(['description', 'owner']);

export type Fields = { readonly [field: string]: unknown };

/**
 * The document fields of an input that creates one: what is null is as not given, save `nullable` fields, where null
 * is a value of its own.
 */
export function newFields(input: object, nullable: readonly string[] = []): Fields {
  return fieldsOf(input, (name, value) => (value === null && !nullable.includes(name) ? undefined : value));
}

/** The document fields of an input that edits one: null empties a text; elsewhere the document's kind says whether it may be. */
export function editedFields(input: object): Fields {
  return fieldsOf(input, (name, value) => (value === null && TEXTS.has(name) ? '' : value));
}

/** What the API's typed objects hold: there null is as not given. Scalars that are JSON are not looked into. */
export function givenFields(value: object): Fields {
  return fieldsOf(value, (_, inner) => inner ?? undefined);
}

function fieldsOf(input: object, read: (name: string, value: unknown) => unknown): Fields {
  const fields = Object.entries(input)
    .filter(([name]) => !WRITE_FIELDS.has(name))
    .map(([name, value]) => [name, read(name, value)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}
