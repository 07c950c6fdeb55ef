import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/**
 * Whether the attribute has a value at all: operand true, it has; operand false, it has none. Asked of the attribute
 * itself, a list as a whole. Null is no value.
 */
export function exists(operand: Json): Predicate {
  if (operand === true) return (value) => value !== undefined && value !== null;
  if (operand === false) return (value) => value === undefined || value === null;
  return never;
}
