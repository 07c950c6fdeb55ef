import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** A string with the operand somewhere in it. Case counts. */
export function contains(operand: Json): Predicate {
  if (typeof operand !== 'string') return never;
  return (value) => typeof value === 'string' && value.includes(operand);
}
