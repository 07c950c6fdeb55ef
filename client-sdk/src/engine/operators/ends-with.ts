import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** A string that ends with the operand. Case counts. */
export function endsWith(operand: Json): Predicate {
  if (typeof operand !== 'string') return never;
  return (value) => typeof value === 'string' && value.endsWith(operand);
}
