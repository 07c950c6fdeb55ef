import type { Guard, GuardQuery } from '../guard.js';
import { isRelative } from '../guard-kind.js';
import type { Warning } from '../problem.js';
import { isSameJson } from '../same-json.js';
import type { Absence } from './absence.js';
import type { GuardRecord } from './guard-record.js';
import type { Trouble } from './trouble.js';

/** The absences to keep: those of a reading, where it tells of them; the very same object where they stay as they were. */
export function keptAbsence(
  { absent }: Pick<GuardRecord, 'absent'>,
  told: readonly Absence[] | undefined,
): GuardRecord['absent'] {
  if (told === undefined || isSameJson(absent ?? [], told)) return absent;
  return told;
}

/** Why a guard gets no data, where that is because nothing has the labels that it asks for: NO_SERIES. Bad ones may be missing for good. */
export function absenceTrouble(
  guard: Guard,
  { absent = [], dataAt }: Pick<GuardRecord, 'absent' | 'dataAt'>,
): Trouble | null {
  const found = absent.find(({ selector }) => selector !== 'bad');
  if (found === undefined) return null;
  const words = dataAt === null ? wordsOf(guard, found) : goneWords(guard, found, dataAt);
  return { code: 'NO_SERIES', words };
}

/**
 * Whether a guard gets no data as a selector of what it counts has no series at all, or none of either arm: a typo, or an exporter that is down.
 * One whose new arm alone lacks them may wait for its first request.
 */
export function isUncounted({
  troubleCode,
  absent = [],
}: Pick<GuardRecord, 'troubleCode' | 'absent'>): boolean {
  if (troubleCode !== 'NO_SERIES') return false;
  return absent.some(
    ({ selector, values, missing }) =>
      selector !== 'bad' && (values === null || values.length === 0 || missing.length > 1),
  );
}

/** That no bad event can be counted, maybe for want of any: a typo looks the same. NO_SERIES; none once there was one. */
export function absenceWarnings(
  guard: Pick<Guard, 'query' | 'events'>,
  { absent = [], sums }: Pick<GuardRecord, 'absent' | 'sums'>,
): Warning[] {
  if (sums.newBad + sums.controlBad > 0) return [];
  if (guard.events !== null) return sums.newTotal + sums.controlTotal > 0 ? [untracked(guard.events)] : [];
  return absent
    .filter(({ selector }) => selector === 'bad')
    .map((one) => ({
      code: 'NO_SERIES' as const,
      field: fieldOf(guard, one),
      message: `Nothing bad was ever counted: ${wordsOf(guard, one)}. That is well where nothing ever fails.`,
    }));
}

/** Of events nobody knows which ones an app could track. */
function untracked({ bad }: NonNullable<Guard['events']>): Warning {
  const message = `Nothing bad was ever counted: nobody has tracked "${bad}" in either arm. That is well where it never happens; look for a typo, and whether the app tracks it.`;
  return { code: 'NO_SERIES', field: 'events.bad', message };
}

/** Which values of the arms a guard can't do without. */
export function armsNeeded(guard: Guard, { new: fresh, control }: GuardQuery['arm']): string[] {
  return isRelative(guard) ? [fresh, control] : [fresh];
}

function fieldOf({ query }: Pick<Guard, 'query'>, { selector }: Absence): string {
  return query === null ? 'template' : `query.${selector}`;
}

/** Of series that there were in this run: no typo. */
function goneWords(guard: Guard, absence: Absence, dataAt: number): string {
  const last = `the last data is of ${new Date(dataAt).toISOString()}`;
  return `${lackOf(guard, absence)}${knownOf(absence)} any more, ${last}: look whether that is still scraped or pushed`;
}

function wordsOf(guard: Pick<Guard, 'query'>, absence: Absence): string {
  return `${lackOf(guard, absence)}${knownOf(absence)}: ${mendOf(absence)}`;
}

function lackOf(guard: Pick<Guard, 'query'>, absence: Absence): string {
  const { text, label, missing, values } = absence;
  const field = fieldOf(guard, absence);
  if (values === null) return `no series matches ${field}, ${text}`;
  if (values.length === 0)
    return `no series of ${field}, ${text}, has the label "${label}", which tells the arms apart`;
  const named = missing.map((value) => `${label}=${JSON.stringify(value)}`).join(' or ');
  return `no series of ${field}, ${text}, has ${named}`;
}

function knownOf({ values }: Absence): string {
  if (values === null || values.length === 0) return '';
  return ` (there are ${values.map((value) => JSON.stringify(value)).join(', ')})`;
}

function mendOf({ values }: Absence): string {
  if (values === null) return 'look for a typo, and whether that is scraped or pushed';
  if (values.length === 0) return 'look at query.arm.label';
  return 'look at the values of the arms, or wait for the first request';
}
