import type { Guard } from '../guard.js';
import { ALONE, type Combination, shownLine, tripLine } from './combination.js';
import type { GuardRecord } from './guard-record.js';
import type { GuardSums } from './guard-sums.js';
import { rulesOf } from './kinds/all.js';
import { cutWords, heldWords } from './odd-words.js';
import { type GuardRange, rangesOf } from './ranges.js';
import type { Recent } from './recent.js';
import { percentInWords, secondsInWords } from './words.js';

/** What a guard has seen, in words and figures; JSON. `odds` and `logE` are null before the first window with traffic. */
export interface GuardEvidence {
  readonly [name: string]: unknown;
  readonly words: string;
  readonly logE: number | null;
  /** What `logE` must reach for a trip, given what the other guards of the rollout have found; null of a kind that knows no odds. */
  readonly threshold: number | null;
  /** Its part of the budget that it shares with them, in (0, 1]. */
  readonly part: number;
  /** How much of what it takes for a trip they have together; this guard adds the rest. */
  readonly others: number;
  readonly newBad: number;
  readonly newTotal: number;
  readonly controlBad: number;
  readonly controlTotal: number;
  readonly expected: number;
  /** Of a ratio or drop, the same of the windows that speak against the new arm, and since when (epoch ms) they do; null = none do, or another kind. */
  readonly recent: (GuardSums & Pick<Recent, 'since' | 'windows' | 'expected'>) | null;
  readonly windows: number;
  /** End of the last window, epoch ms. */
  readonly until: number;
  /** Milliseconds that could not be read any more. */
  readonly lost: number;
  readonly ranges: readonly GuardRange[];
  /** What the guard allows, and by what it was judged. */
  readonly margin: number | null;
  readonly allowed: number | null;
  readonly alpha: number;
  readonly phi: number;
}

/**
 * Tells what a record holds: "errors 3.1× control (14 seen vs 4.5 expected, odds 2,000:1)". An e-value reads as betting
 * odds against "nothing is wrong".
 */
export function evidenceOf(guard: Guard, record: GuardRecord, combined: Combination): GuardEvidence {
  const { logE, sums, expected, windows, watermark, lost } = record;
  return {
    words: wordsOf(guard, record, combined),
    logE,
    threshold: shownLine(guard, combined),
    part: combined.part,
    others: combined.rest,
    ...sums,
    expected,
    recent: recentOf(record),
    windows,
    until: watermark,
    lost,
    ranges: rangesOf(guard, record),
    margin: guard.margin,
    allowed: guard.threshold,
    alpha: guard.alpha,
    phi: guard.phi,
  };
}

function recentOf({ recent }: GuardRecord): GuardEvidence['recent'] {
  if (!recent) return null;
  const { since, windows, sums, expected } = recent;
  return { since, windows, ...sums, expected };
}

function wordsOf(guard: Guard, record: GuardRecord, combined: Combination): string {
  const held = record.carry === null ? [] : [heldWords(guard)];
  if (rulesOf(guard.kind).warming(record, guard) !== null) return held[0] ?? 'nothing seen yet';
  const gap = record.lost > 0 ? [`${secondsInWords(record.lost)} could not be read`] : [];
  const known = [rulesOf(guard.kind).words(guard, record), ...cutWords(record, guard), ...held, ...gap];
  return `${known.join('; ')}${togetherWith(guard, record, combined)}`;
}

/** Where the guard has passed its line only together with others. */
function togetherWith(guard: Guard, { logE }: GuardRecord, combined: Combination): string {
  const byItself = tripLine(guard, { ...ALONE, part: combined.part });
  if (logE === null || logE >= byItself || logE < tripLine(guard, combined)) return '';
  return `; other guards of the rollout have ${percentInWords(combined.rest)} of what it takes`;
}
