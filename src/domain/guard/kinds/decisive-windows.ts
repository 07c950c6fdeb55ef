import type { GuardRecord } from '../guard-record.js';
import type { GuardSums } from '../guard-sums.js';
import { countInWords, oddsInWords, secondsInWords } from '../words.js';

/** The windows that decided, and since when in words; all of them where there was no time before that did not. */
export function decisive({ recent, windows, sums, expected, dataAt }: GuardRecord): {
  readonly sums: GuardSums;
  readonly expected: number;
  readonly span: string;
} {
  if (!recent || recent.windows >= windows) return { sums, expected, span: '' };
  const span = ` in the last ${secondsInWords((dataAt ?? recent.since) - recent.since)}`;
  return { sums: recent.sums, expected: recent.expected, span };
}

/** `14 seen vs 4.5 expected, odds 2,000:1` */
export function againstExpected(
  { sums, expected }: Pick<GuardRecord, 'sums' | 'expected'>,
  logE: number | null,
): string {
  return `${countInWords(sums.newBad)} seen vs ${expected.toFixed(1)} expected, odds ${oddsInWords(logE)}`;
}

/** How many times what was expected, to so many digits: `3.1×`. */
export function timesInWords(
  { sums, expected }: Pick<GuardRecord, 'sums' | 'expected'>,
  digits: number,
): string {
  return `${(sums.newBad / expected).toFixed(digits)}×`;
}
