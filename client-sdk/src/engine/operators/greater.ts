import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** A number above the operand. */
export function greater(operand: Json): Predicate {
  if (typeof operand !== 'number') return never;
  return (value) => typeof value === 'number' && value > operand;
}
