import { intern } from '../intern.js';
import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** What can be compared for equality. */
export type Scalar = string | number | boolean;

/** The scalars of a list; strings interned. */
export function scalarsOf(operand: readonly Json[]): Scalar[] {
  return operand.flatMap((item): Scalar[] => {
    if (typeof item === 'string') return [intern(item)];
    return typeof item === 'number' || typeof item === 'boolean' ? [item] : [];
  });
}

/** Chained comparison of up to eight values, the last one repeated: faster than a loop or a Set of that size. */
function isOneOfEight(values: readonly Scalar[]): Predicate {
  const last = values.at(-1);
  const [a = last, b = last, c = last, d = last, e = last, f = last, g = last, h = last] = values;
  return (value) =>
    value === a ||
    value === b ||
    value === c ||
    value === d ||
    value === e ||
    value === f ||
    value === g ||
    value === h;
}

/** One of the listed strings, numbers or booleans. */
export function isIn(operand: Json): Predicate {
  if (!Array.isArray(operand)) return never;
  const values = scalarsOf(operand);
  if (values.length === 0) return never;
  if (values.length <= 8) return isOneOfEight(values);
  const set = new Set<unknown>(values);
  return (value) => set.has(value);
}
