import { RE2JS } from 're2js';
import { isSafePattern } from 'redos-detector';

/** Longest pattern, in UTF-16 units. */
export const LONGEST_PATTERN = 500;
/** Instructions of the RE2 program; Envoy refuses far larger ones, and a request pays for each. */
const LARGEST_PROGRAM = 2_000;
/** Work of the checker on one pattern: a bound on steps, not on time, so that the verdict is the same on every machine. */
const MOST_STEPS = 5_000;
/** Ways in which one text may match the same part of a pattern before it counts as blowing up. */
const MOST_WAYS = 100;
const REMEMBERED = 1_000;

const verdicts = new Map<string, string | null>();

/**
 * Why `pattern` can't be used, in words, or null when it can: its syntax must be valid in JavaScript (`u` flag) and in
 * RE2, and an unanchored search of it must take time linear in the text.
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
    new RegExp(pattern, 'u');
  } catch (error) {
    return `is no regular expression in JavaScript (u flag): ${(error as Error).message}`;
  }
  try {
    const size = RE2JS.compile(pattern).programSize();
    return size > LARGEST_PROGRAM ? 'repeats too much: use smaller counts' : null;
  } catch (error) {
    const reason = (error as Error).message;
    return `is no regular expression in RE2 (no look-around, no back references): ${reason}`;
  }
}

function timeFault(pattern: string): string | null {
  const message =
    'can take more than linear time: anchor it with ^, and let no two neighbouring repetitions match the same text';
  try {
    const { safe } = isSafePattern(searched(pattern), {
      unicode: true,
      maxScore: MOST_WAYS,
      maxSteps: MOST_STEPS,
      downgradePattern: false,
    });
    return safe ? null : message;
  } catch {
    return 'uses syntax that can’t be checked for blow-ups: use (?:…) for groups';
  }
}

/** The pattern as matched from the start of the text; an unanchored search is a match after anything. */
function searched(pattern: string): string {
  if (!/[*+{]/.test(pattern)) return `^(?:${pattern})`;
  const anchored = pattern.startsWith('^') && !pattern.includes('|');
  return anchored ? pattern : String.raw`^[\s\S]*(?:${pattern})`;
}
