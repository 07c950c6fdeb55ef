import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** A string that begins with the operand. Case counts. */
export function startsWith(operand: Json): Predicate {
  if (typeof operand !== 'string') return never;
  return (value) => typeof value === 'string' && value.startsWith(operand);
}
