import type { Guard } from '../guard.js';
import type { GuardRecord } from './guard-record.js';

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

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
  if (record.logE === null) return 'nothing seen yet';
  const gap = record.lost > 0 ? `; ${seconds(record.lost)} could not be read` : '';
  const words = guard.margin === null ? againstThreshold(guard, record) : againstControl(guard, record);
  return `${words}${gap}`;
}

function againstControl(guard: Guard, { sums, expected, logE }: GuardRecord): string {
  const seen = `${figure(sums.newBad)} seen vs ${expected.toFixed(1)} expected, odds ${odds(logE)}`;
  const name = nameOf(guard);
  if (expected === 0) return `${name} in the new arm only (${seen})`;
  return `${name} ${(sums.newBad / expected).toFixed(1)}× control (${seen})`;
}

function againstThreshold(guard: Guard, { sums, logE }: GuardRecord): string {
  const share = percent(sums.newBad / sums.newTotal);
  const seen = `${figure(sums.newBad)} of ${figure(sums.newTotal)}, odds ${odds(logE)}`;
  return `${nameOf(guard)} ${share} against at most ${percent(guard.threshold ?? 1)} (${seen})`;
}

function nameOf(guard: Guard): string {
  return guard.events === null ? 'errors' : `"${guard.events.bad}"`;
}

/** Two significant digits; evidence below 1:1 is told as it is, and beyond a million the figure means nothing. */
function odds(logE: number | null): string {
  const value = Math.exp(logE ?? -Infinity);
  if (value > 1_000_000) return 'over 1,000,000:1';
  return `${grouped(Number(value.toPrecision(2)))}:1`;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value >= 1 ? value.toFixed(1).replace(/\.0$/, '') : Number(value.toPrecision(2))} %`;
}

function figure(count: number): string {
  return grouped(Number(count.toFixed(1)));
}

function grouped(value: number): string {
  return GROUPED.format(value);
}

function seconds(ms: number): string {
  return `${grouped(Math.round(ms / 1_000))} s`;
}
