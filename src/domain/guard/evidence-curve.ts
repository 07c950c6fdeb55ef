import { type CurvePoint, thinned } from './curve-point.js';
import type { GuardRecord } from './guard-record.js';
import { type GuardSums, NO_SUMS } from './guard-sums.js';

/** Points that are kept, at most; then neighbours become one, and twice as much time lies between them. */
const MOST_POINTS = 64;
/** Time between two points at first, ms. */
const STRIDE = 60_000;
/** So much more or less evidence (log) is a point at once. */
const JUMP = 1.5;

/** How the evidence of a guard on one subject grew; state, key `curve/<guard>/<subject>`, bounded however long it runs. */
export interface EvidenceCurve {
  readonly run: number;
  readonly basis: string;
  /** Windows, and sums, of the guard's record at the last point. */
  readonly windows: number;
  readonly sums: GuardSums;
  readonly tripped: boolean;
  /** Time from point to point while little changes, ms. */
  readonly stride: number;
  /** Oldest first. */
  readonly points: readonly CurvePoint[];
}

type Seen = Pick<GuardRecord, 'run' | 'basis' | 'windows' | 'sums' | 'logE' | 'watermark' | 'trip'>;

/**
 * The curve with a point for how the guard stands now, where one is due; the very same otherwise, null where nothing was judged yet. A new run,
 * other settings or a reset begin it anew. `line`: the log of the evidence at which the guard trips now; null: its kind knows no odds.
 */
export function grownCurve(
  curve: EvidenceCurve | null,
  seen: Seen,
  line: number | null,
): EvidenceCurve | null {
  if (seen.windows === 0) return curve;
  if (curve === null || !isSame(curve, seen)) return withPoint(NOTHING, seen, line);
  return isDue(curve, seen) ? withPoint(curve, seen, line) : curve;
}

type Grown = Pick<EvidenceCurve, 'sums' | 'stride' | 'points'>;

const NOTHING: Grown = { sums: NO_SUMS, stride: STRIDE, points: [] };

function withPoint(
  { sums: before, stride, points: earlier }: Grown,
  seen: Seen,
  line: number | null,
): EvidenceCurve {
  const { run, basis, windows, sums, trip } = seen;
  const points = [...earlier, pointOf(seen, before, line)];
  const grown = { run, basis, windows, sums, tripped: trip !== null };
  if (points.length <= MOST_POINTS) return { ...grown, stride, points };
  return { ...grown, stride: 2 * stride, points: thinned(points, 2) };
}

function isSame({ run, basis, windows, tripped }: EvidenceCurve, seen: Seen): boolean {
  const isReset = seen.windows < windows || (tripped && seen.trip === null);
  return run === seen.run && basis === seen.basis && !isReset;
}

function isDue({ windows, points, stride, tripped }: EvidenceCurve, seen: Seen): boolean {
  const last = points.at(-1);
  if (last === undefined) return true;
  if (seen.windows === windows) return false;
  if (seen.trip !== null && !tripped) return true;
  if (seen.watermark - last.at >= stride) return true;
  return Math.abs((seen.logE ?? 0) - (last.logE ?? 0)) >= JUMP;
}

function pointOf({ watermark, logE, sums }: Seen, before: GuardSums, line: number | null): CurvePoint {
  return {
    at: watermark,
    logE: logE === null ? null : rounded(logE),
    tripLine: line === null ? null : rounded(line),
    newBad: sums.newBad - before.newBad,
    newTotal: sums.newTotal - before.newTotal,
    controlBad: sums.controlBad - before.controlBad,
    controlTotal: sums.controlTotal - before.controlTotal,
  };
}

/** Fewer digits to keep; nobody draws more. */
function rounded(log: number): number {
  return Math.round(log * 10_000) / 10_000;
}
