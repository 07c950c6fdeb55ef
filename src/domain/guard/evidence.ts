import type { Guard } from '../guard.js';
import type { GuardRecord } from './guard-record.js';
import { rulesOf } from './kinds/all.js';
import { secondsInWords } from './words.js';

/** What a guard has seen, in words and figures; JSON. `odds` and `logE` are null before the first window with traffic. */
export interface GuardEvidence {
  readonly [name: string]: unknown;
  readonly words: string;
  readonly logE: number | null;
  /** What `logE` must reach for a trip: ln(guards / alpha). */
  readonly threshold: number;
  readonly newBad: number;
  readonly newTotal: number;
  readonly controlBad: number;
  readonly controlTotal: number;
  readonly expected: number;
  readonly windows: number;
  /** End of the last window, epoch ms. */
  readonly until: number;
  /** Milliseconds that could not be read any more. */
  readonly lost: number;
}

/** The log of the evidence at which the guard trips, with `guards` of them on one rollout. */
export function tripLine(guard: Guard, guards: number): number {
  return Math.log(Math.max(1, guards) / guard.alpha);
}

/**
 * Tells what a record holds: "errors 3.1× control (14 seen vs 4.5 expected, odds 2,000:1)". An e-value reads as betting
 * odds against "nothing is wrong".
 */
export function evidenceOf(guard: Guard, record: GuardRecord, guards: number): GuardEvidence {
  const { logE, sums, expected, windows, watermark, lost } = record;
  return {
    words: wordsOf(guard, record),
    logE,
    threshold: tripLine(guard, guards),
    ...sums,
    expected,
    windows,
    until: watermark,
    lost,
    margin: guard.margin,
    allowed: guard.threshold,
    alpha: guard.alpha,
    phi: guard.phi,
  };
}

function wordsOf(guard: Guard, record: GuardRecord): string {
  if (rulesOf(guard.kind).warming(record, guard) !== null) return 'nothing seen yet';
  const gap = record.lost > 0 ? `; ${secondsInWords(record.lost)} could not be read` : '';
  return `${rulesOf(guard.kind).words(guard, record)}${gap}`;
}
