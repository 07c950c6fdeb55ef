import type { Guard } from '../guard.js';
import { freshRecord } from './record.js';
import type { GuardSituation } from './situation.js';
import { type CurvePoint, thinned } from './curve-point.js';
import { ALONE, shownLine } from './combination.js';
import { judge } from './judge.js';
import type { MetricReading, MetricWindow } from './reading.js';
import { secondsInWords } from './words.js';

/** Trips that are listed, and points that are drawn, at most. */
const MOST_TRIPS = 50;
const MOST_POINTS = 400;

/** A trip that would have been. */
export interface PastTrip {
  /** End of the window that tripped it, epoch ms. */
  readonly at: number;
  readonly logE: number | null;
  readonly words: string;
}

export interface BackTest {
  readonly trips: readonly PastTrip[];
  readonly windows: number;
  /** The log of the evidence at which it trips; null: its kind knows no odds. */
  readonly tripLine: number | null;
  readonly curve: readonly CurvePoint[];
  /** Which part of the period was not judged, and why, in words; null: all of it was. */
  readonly unjudged: string | null;
}

interface Period {
  readonly from: number;
  readonly to: number;
}

/**
 * Judges past windows (`reading`, of the time `from` … `to`, epoch ms) as if the guard had stood in a rollout planned for just that
 * time, alone; after a trip its evidence begins afresh, as a reset would have it. At most 50 trips; then it ends. Yields after each
 * window: a day of them takes a second, and others may want a turn.
 */
export function* backTestOf(
  guard: Guard,
  reading: MetricReading,
  { from, to }: Period,
): Generator<undefined, BackTest> {
  const trips: PastTrip[] = [];
  const points: CurvePoint[] = [];
  const line = shownLine(guard, ALONE);
  let record = freshRecord(0, from);
  for (const window of reading.windows) {
    yield;
    const one = { ...reading, windows: [window], watermark: window.to };
    const verdict = judge({ guard, record, reading: one, situation: situationAt(window.to, { from, to }) });
    points.push(pointOf(window, verdict.logE, line));
    record = verdict.record;
    if (verdict.decision !== 'trip') continue;
    trips.push({ at: window.to, logE: verdict.logE, words: verdict.evidence.words });
    if (trips.length === MOST_TRIPS) break;
    record = freshRecord(0, window.to);
  }
  const size = Math.max(1, Math.ceil(points.length / MOST_POINTS));
  const all = { from, to: reading.windows.at(-1)?.to ?? to };
  return {
    trips,
    windows: points.length,
    tripLine: line,
    curve: thinned(points, size),
    unjudged: unjudgedIn(guard, all, points.at(-1)?.at ?? all.to),
  };
}

/** `end`: of the last window that was looked at. */
function unjudgedIn({ topline }: Guard, { from, to }: Period, end: number): string | null {
  if (end < to)
    return `Only the time until ${new Date(end).toISOString()} was judged: ${MOST_TRIPS} trips are listed at most. Begin a next one there.`;
  if (topline === null || to <= from + topline.within * 1_000) return null;
  return `Only the ${secondsInWords(topline.within * 1_000)} after \`from\` were judged: a topline looks at what follows a step, and \`from\` counts as one. Give the time of a step as \`from\`.`;
}

function situationAt(now: number, { from, to }: Period): GuardSituation {
  return {
    now,
    combined: ALONE,
    comparable: true,
    plan: { plannedEnd: to, paused: false, endless: false },
    step: { startedAt: from, holdMs: to - from },
  };
}

function pointOf(
  { to, new: fresh, control }: MetricWindow,
  logE: number | null,
  line: number | null,
): CurvePoint {
  return {
    at: to,
    logE,
    tripLine: line,
    newBad: fresh?.bad ?? 0,
    newTotal: fresh?.total ?? 0,
    controlBad: control?.bad ?? 0,
    controlTotal: control?.total ?? 0,
  };
}
