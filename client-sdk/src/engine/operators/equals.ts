import { intern } from '../intern.js';
import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** The same string, number or boolean. */
export function equals(operand: Json): Predicate {
  if (typeof operand === 'string') {
    const wanted = intern(operand);
    return (value) => value === wanted;
  }
  if (typeof operand === 'number' || typeof operand === 'boolean') return (value) => value === operand;
  return never;
}
