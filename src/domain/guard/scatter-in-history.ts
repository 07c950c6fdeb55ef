import type { Guard } from '../guard.js';
import type { MetricReading } from './reading.js';
import type { Scatter } from './scatter.js';
import { suggestionOf } from './suggestion.js';

/** How far back the control is looked at, ms: an hour of it is the least that tells something. */
export const SCATTER_SPAN = 2 * 60 * 60_000;

/** Out of what both halves of the control had; null where the source did not tell, and may later. */
export function scatterIn(
  guard: Pick<Guard, 'kind' | 'latency'>,
  { unknown, code, windows, windowLength }: MetricReading,
): Scatter | null {
  if (unknown !== null) return code === 'NOT_READABLE' ? { phi: null, reason: unknown } : null;
  const { phi, reason } = suggestionOf(guard, { windows, windowLength, pods: [] });
  return reason === null ? { phi, reason } : { phi: null, reason };
}
