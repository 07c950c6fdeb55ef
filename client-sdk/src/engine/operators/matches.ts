import type { Json } from '../json.js';
import { never } from './predicate.js';
import type { Predicate } from './predicate.js';

/** Longest text, in UTF-16 units, that a pattern is tried on. */
const LONGEST_TEXT = 1_024;

/** By code points, as RE2 reads a pattern. */
function patternOf(operand: string): RegExp | null {
  try {
    return new RegExp(operand, 'u');
  } catch {
    return null;
  }
}

/** A string of at most 1,024 characters in which the regular expression (unanchored, case counts) finds a match. */
export function matches(operand: Json): Predicate {
  const pattern = typeof operand === 'string' ? patternOf(operand) : null;
  if (pattern === null) return never;
  return (value) => typeof value === 'string' && value.length <= LONGEST_TEXT && pattern.test(value);
}
