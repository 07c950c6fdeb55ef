import type { MetricReading } from './reading.js';
import type { Trouble } from './trouble.js';

/** Length of a window for as long as nothing is known of its source, ms. */
export const USUAL_WINDOW = 15_000;

/** A reading without news after a watermark; `trouble`: why nothing can be said, null where nothing came. */
export function nothingNew(
  watermark: number,
  trouble: Trouble | null = null,
  windowLength = USUAL_WINDOW,
): MetricReading {
  const quiet = { windows: [], watermark, unknown: null, lost: 0, windowLength };
  return trouble === null ? quiet : { ...quiet, unknown: trouble.words, code: trouble.code };
}
