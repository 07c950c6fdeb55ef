import type { Guard } from '../guard.js';
import type { MetricReading } from './reading.js';
import type { Scatter } from './scatter.js';
import { spokenFor, suggestionOf, unsteadiness } from './suggestion.js';

/** How far back the control is looked at, ms: an hour of it is the least that tells something. */
export const SCATTER_SPAN = 2 * 60 * 60_000;

const TOO_FEW = 'there are too few windows in it';
const UNSTEADY = 'the control was not steady in the two hours before';

/** Out of what both halves of the control had; null where the source did not tell, and may later. */
export function scatterIn(
  guard: Pick<Guard, 'kind' | 'latency'>,
  { unknown, code, windows, windowLength }: MetricReading,
): Scatter | null {
  if (unknown !== null) return code === 'NOT_READABLE' ? { phi: null, reason: unknown } : null;
  const { phi, reason, scales } = suggestionOf(guard, { windows, windowLength, pods: [] });
  if (scales.length === 0) return { phi: null, reason: reason ?? TOO_FEW };
  return { phi, reason: unsteadiness(UNSTEADY, spokenFor(scales)) };
}
