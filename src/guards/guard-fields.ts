import { type Fields, givenFields } from '../changes/fields.js';

/** Fields of a guard as the document has them, without what was not given inside `events` and `target`. */
export function guardFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      (name === 'events' || name === 'target') && typeof value === 'object' && value !== null
        ? givenFields(value)
        : value,
    ]),
  );
}
