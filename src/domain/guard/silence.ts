import type { Guard } from '../guard.js';
import { isRelative } from '../guard-kind.js';
import { hasTraffic, type MetricWindow } from './reading.js';

/** Why past windows say nothing of a guard, in words; null where the arms that it looks at had data, and something bad was counted. */
export function silence(guard: Guard, windows: readonly MetricWindow[]): string | null {
  return missingIn(guard, windows) ?? unharmed(guard, windows);
}

function missingIn(guard: Guard, windows: readonly MetricWindow[]): string | null {
  if (windows.length === 0)
    return 'Nothing was read: in this period there is no sample of these metrics, with these labels and arms.';
  const missing = [
    windows.some((one) => hasTraffic(one.new)) ? null : 'new arm',
    !isRelative(guard) || windows.some((one) => hasTraffic(one.control)) ? null : 'control',
  ].filter((arm) => arm !== null);
  if (missing.length > 0)
    return `Nothing was judged: in this period there is no data of the ${missing.join(' and the ')}. Look at the label and its values.`;
  if (!isRelative(guard) || windows.some((one) => hasTraffic(one.new) && hasTraffic(one.control)))
    return null;
  return 'Nothing was judged: in this period the arms had data at different times only.';
}

/** A selector of bad events that matches nothing finds a period healthy, whatever happened. */
function unharmed({ kind }: Guard, windows: readonly MetricWindow[]): string | null {
  if (kind === 'mean' || kind === 'latency') return null;
  const isBad = windows.some((one) => (one.new?.bad ?? 0) + (one.control?.bad ?? 0) > 0);
  if (isBad) return null;
  return 'Nothing could trip: in this period neither arm had anything that `bad` selects. A selector that matches nothing looks the same.';
}
