import type { Json } from '../json.js';
import { instantOf } from './instant.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** An ISO date, date-time with offset, or epoch in milliseconds, earlier than the operand (in either form). */
export function before(operand: Json): Predicate {
  const limit = instantOf(operand);
  if (Number.isNaN(limit)) return never;
  return (value) => instantOf(value) < limit;
}
