import { RE2JS } from 're2js';

/**
 * Istio starts its proxies with this limit on a pattern's program (`re2.max_program_size.error_level`). One pattern over
 * it makes a proxy refuse not a rule but all its routes, and go on with the old ones.
 */
const LARGEST_PROGRAM = 32_768;
/** Instructions of a proxy for one of ours: it works on bytes, where a class takes one for each of its parts. */
const AT_MOST = 16;
const REMEMBERED = 1_000;

const verdicts = new Map<string, boolean>();

function sizeOf(pattern: string): number {
  const classes = pattern.match(/\[(?:\\.|[^\]\\])*\]/g) ?? [];
  const longest = Math.max(0, ...classes.map(({ length }) => length));
  return RE2JS.compile(pattern).programSize() * (AT_MOST + longest);
}

/**
 * Whether a proxy is sure to take a pattern: RE2, matched whole. The size is estimated from above, so a pattern of
 * hundreds of repeated long classes is refused though a proxy might have taken it.
 */
export function fitsProxy(pattern: string): boolean {
  const known = verdicts.get(pattern);
  if (known !== undefined) return known;
  const verdict = sizeOf(pattern) <= LARGEST_PROGRAM;
  if (verdicts.size >= REMEMBERED) verdicts.clear();
  verdicts.set(pattern, verdict);
  return verdict;
}
