import { addSums, type GuardSums, NO_SUMS } from './guard-sums.js';
import type { MetricWindow } from './reading.js';

/** The windows that speak against the new arm, since those before them last spoke for it. */
export interface Recent {
  /** Where the first of them begins, epoch ms. */
  readonly since: number;
  /** How much they say together: a log likelihood ratio above 0. */
  readonly score: number;
  readonly windows: number;
  readonly sums: GuardSums;
  /** Bad events to expect in them at the control's rate, or at the threshold. */
  readonly expected: number;
}

/** What one window had, and the log likelihood ratio of one alternative. */
export interface Said {
  readonly llr: number;
  readonly counts: GuardSums;
  readonly expected: number;
}

const NONE: Omit<Recent, 'since'> = { score: 0, windows: 0, sums: NO_SUMS, expected: 0 };

/**
 * The recent windows after one more; null where all of them together say nothing against the new arm. It is to be told, not to be judged
 * by: the sums over a long healthy time hide what decided. Page's cumulative sum, which begins anew at 0 (Biometrika 41, 1954).
 */
export function addRecent(
  before: Recent | null | undefined,
  { from }: Pick<MetricWindow, 'from'>,
  { llr, counts, expected }: Said,
): Recent | null {
  const { since, score, windows, sums, expected: earlier } = before ?? { ...NONE, since: from };
  if (!(score + llr > 0)) return null;
  return {
    since,
    score: score + llr,
    windows: windows + 1,
    sums: addSums(sums, counts),
    expected: earlier + expected,
  };
}
