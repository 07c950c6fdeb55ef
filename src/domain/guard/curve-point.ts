import { addSums, type GuardSums } from './guard-sums.js';

/** The evidence at the end of a window, beside the line at which the guard trips, and what both arms had since the point before. */
export interface CurvePoint extends GuardSums {
  /** Epoch ms, of the source's clock. */
  readonly at: number;
  /** null: none yet, or the guard's kind knows no odds. */
  readonly logE: number | null;
  /** null: the guard's kind knows no odds. */
  readonly tripLine: number | null;
}

/** As many neighbours as `size` says as one: the counts of all, and the strongest evidence, so that no peak is lost. */
export function thinned(points: readonly CurvePoint[], size: number): CurvePoint[] {
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    points.slice(i * size, (i + 1) * size).reduce(together),
  );
}

function together(a: CurvePoint, b: CurvePoint): CurvePoint {
  const logs = [a.logE, b.logE].filter((log) => log !== null);
  return {
    at: b.at,
    logE: logs.length === 0 ? null : Math.max(...logs),
    tripLine: b.tripLine,
    ...addSums(a, b),
  };
}
