import type { Guard } from '../guard.js';
import { EXPOSURES } from '../series.js';
import type { GuardRecord } from './guard-record.js';
import { countInWords } from './words.js';

/** What is odd about counts that are held back, and what they wait for. */
export function heldWords(guard: Pick<Guard, 'kind' | 'events'>): string {
  return `more ${badOf(guard)} than ${totalOf(guard)}, held back in case the rest of these is late`;
}

/** What was left out of the sums as it was beyond the total; none: nothing. */
export function cutWords(
  { cut = 0 }: Pick<GuardRecord, 'cut'>,
  guard: Pick<Guard, 'kind' | 'events'>,
): string[] {
  return cut === 0 ? [] : [`${countInWords(cut)} ${badOf(guard)} beyond the ${totalOf(guard)} are left out`];
}

function badOf({ kind }: Pick<Guard, 'kind'>): string {
  return kind === 'drop' ? 'events' : 'failures';
}

/** What these are held against. */
function totalOf({ events }: Pick<Guard, 'events'>): string {
  if (events === null) return 'requests';
  return events.total === EXPOSURES ? EXPOSURES : `"${events.total}"`;
}
