import type { Guard } from '../guard.js';
import { isRelative } from '../guard-kind.js';
import type { MetricWindow } from './reading.js';

/** Why past windows say nothing of a guard, in words; null where the arms that it looks at had data. */
export function silence(guard: Guard, windows: readonly MetricWindow[]): string | null {
  if (windows.length === 0)
    return 'Nothing was read: in this period there is no sample of these metrics, with these labels and arms.';
  const missing = [
    windows.some((one) => hasData(one.new)) ? null : 'new arm',
    !isRelative(guard) || windows.some((one) => hasData(one.control)) ? null : 'control',
  ].filter((arm) => arm !== null);
  if (missing.length > 0)
    return `Nothing was judged: in this period there is no data of the ${missing.join(' and the ')}. Look at the label and its values.`;
  if (!isRelative(guard) || windows.some((one) => hasData(one.new) && hasData(one.control))) return null;
  return 'Nothing was judged: in this period the arms had data at different times only.';
}

function hasData(arm: MetricWindow['new']): boolean {
  return arm !== null && arm.total > 0;
}
