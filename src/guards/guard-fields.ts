import { type Fields, givenFields } from '../changes/fields.js';

const OBJECTS = new Set([
  'query',
  'events',
  'target',
  'latency',
  'mean',
  'burn',
  'kOfN',
  'topline',
  'webhook',
  'strata',
]);

/** Fields of a guard as the document has them, without what was not given inside its objects. */
export function guardFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      OBJECTS.has(name) && typeof value === 'object' && value !== null ? givenFields(value) : value,
    ]),
  );
}
