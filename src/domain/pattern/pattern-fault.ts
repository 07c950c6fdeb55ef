import { RE2JS } from 're2js';
import { TooLargeWrittenOut, automatonOf } from './position-automaton.js';
import { isLinear } from './search-cost.js';

/** Longest pattern, in UTF-16 units. */
export const LONGEST_PATTERN = 500;
/** Instructions of the RE2 program; Envoy refuses far larger ones, and a request pays for each. */
const LARGEST_PROGRAM = 2_000;
const REMEMBERED = 1_000;
const TOO_LARGE = 'repeats too much: use smaller counts';

const verdicts = new Map<string, string | null>();

/**
 * Why `pattern` can't be used, in words, or null when it can: its syntax must be valid in JavaScript (`u` flag) and in
 * RE2, and an unanchored search of it must take time linear in the text. The work is bounded, and verdicts are kept.
 */
export function patternFault(pattern: string): string | null {
  const known = verdicts.get(pattern);
  if (known !== undefined) return known;
  const verdict = syntaxFault(pattern) ?? timeFault(pattern);
  if (verdicts.size >= REMEMBERED) verdicts.clear();
  verdicts.set(pattern, verdict);
  return verdict;
}

function syntaxFault(pattern: string): string | null {
  try {
    RegExp(pattern, 'u');
  } catch (error) {
    return `is no regular expression in JavaScript (u flag): ${(error as Error).message}`;
  }
  try {
    return RE2JS.compile(pattern).programSize() > LARGEST_PROGRAM ? TOO_LARGE : null;
  } catch (error) {
    return `is no regular expression in RE2 (no look-around, no back references): ${(error as Error).message}`;
  }
}

function timeFault(pattern: string): string | null {
  try {
    if (isLinear(automatonOf(pattern))) return null;
  } catch (error) {
    if (error instanceof TooLargeWrittenOut) return TOO_LARGE;
    throw error;
  }
  return 'can take more than linear time: anchor it with ^, and let no two repetitions that follow each other, or stand in each other, match the same text';
}
