import { isRelative } from '../guard-kind.js';
import type { Guard } from '../guard.js';
import { absenceTrouble } from './absence-words.js';
import type { GuardRecord, GuardState } from './guard-record.js';
import { rulesOf } from './kinds/all.js';
import { USUAL_WINDOW } from './nothing-new.js';
import { heldWords } from './odd-words.js';
import type { MetricReading, MetricWindow } from './reading.js';
import type { GuardSituation } from './situation.js';
import type { Trouble, TroubleCode } from './trouble.js';

/** Odds of 10:1 against the new arm. */
export const SUSPECT = Math.log(10);
const SET_BACK = "the last data is from later than now: the store's clock was set back";
/** Windows without data after which a guard is blind. */
const BLIND_AFTER = 3;

/** State of a guard that has something to compare, and why nothing can be said. `found`: trouble with this reading. */
export function stateOf(
  record: GuardRecord,
  found: Trouble | null,
  {
    guard,
    situation: { now, untrusted },
    reading,
  }: {
    readonly guard: Guard;
    readonly situation: Pick<GuardSituation, 'now' | 'untrusted'>;
    readonly reading: MetricReading | null;
  },
): Standing {
  if (record.trip !== null) return clear('tripped');
  if (untrusted !== undefined) return troubled('untrusted', 'UNTRUSTED', untrusted);
  if (found !== null) return troubled('blind', found.code, found.words);
  const warming = warmingWords(record, guard);
  if (warming !== null) return without('warming', { code: 'WARMING', words: warming }, { record, guard });
  const stale = ageFault(record, now, { guard, reading });
  if (stale !== null) return untimely(stale, { record, guard, windows: reading?.windows ?? [] });
  return clear(isSuspect(record, guard) ? 'suspect' : 'ok');
}

/** Why nothing could be judged yet; null once something was. */
function warmingWords(record: GuardRecord, guard: Guard): string | null {
  const words = rulesOf(guard.kind).warming(record, guard);
  return words === null || record.carry === null ? words : heldWords(guard);
}

type Standing = Pick<GuardRecord, 'state' | 'trouble' | 'troubleCode'>;

function clear(state: GuardState): Standing {
  return { state, trouble: '', troubleCode: undefined };
}

function troubled(state: GuardState, troubleCode: TroubleCode, trouble: string): Standing {
  return { state, trouble, troubleCode };
}

interface Seen {
  readonly record: GuardRecord;
  readonly guard: Guard;
}

/** Without data: for want of series that could have any, or as given. */
function without(state: GuardState, otherwise: Trouble, { record, guard }: Seen): Standing {
  const { code, words } = absenceTrouble(guard, record) ?? otherwise;
  return troubled(state, code, words);
}

function untimely(
  stale: 'old' | 'ahead',
  { windows, ...seen }: Seen & { readonly windows: readonly MetricWindow[] },
): Standing {
  if (stale === 'ahead') return troubled('blind', 'CLOCK_SET_BACK', SET_BACK);
  return without('blind', { code: 'NO_DATA', words: noDataWords(seen, windows) }, seen);
}

/** Which arm the last windows have no data of; while none come, that is what it was. */
function noDataWords({ record, guard }: Seen, windows: readonly MetricWindow[]): string {
  if (windows.length === 0 && record.troubleCode === 'NO_DATA') return record.trouble;
  return `no data in ${missingIn(guard, windows)} for more than ${BLIND_AFTER} windows`;
}

function missingIn(guard: Guard, windows: readonly MetricWindow[]): string {
  if (!isRelative(guard)) return 'the new arm';
  const hasNew = windows.some((one) => one.new !== null);
  const hasControl = windows.some(({ control }) => control !== null);
  if (hasNew === hasControl) return 'both arms';
  return hasNew ? 'the control' : 'the new arm';
}

/** What is wrong with the age of the last data at `now` (store's time); null: it tells of the present. */
export function ageFault(
  record: GuardRecord,
  now: number,
  { guard, reading }: { readonly guard: Guard; readonly reading: MetricReading | null },
): ReturnType<typeof staleness> {
  return staleness(now - dataAtOf(record, guard), BLIND_AFTER * windowOf(record, reading));
}

/** What is held back is data, too. */
function dataAtOf({ dataAt, carry }: GuardRecord, guard: Guard): number {
  const judged = dataAt ?? -Infinity;
  if (carry === null || carry.new === null || (isRelative(guard) && carry.control === null)) return judged;
  return Math.max(judged, carry.to);
}

/**
 * What is wrong with data of an age, given how old it may be, both in ms: too old, or, since a clock was set back, too far ahead:
 * nothing new will come until that clock has got there. null: nothing.
 */
export function staleness(age: number, allowed: number): 'old' | 'ahead' | null {
  if (age > allowed) return 'old';
  return age < -allowed ? 'ahead' : null;
}

function isSuspect(record: GuardRecord, guard: Guard): boolean {
  return (record.logE ?? -Infinity) >= SUSPECT || rulesOf(guard.kind).isSuspect?.(record, guard) === true;
}

function windowOf(record: GuardRecord, reading: MetricReading | null): number {
  return reading?.windowLength ?? record.windowLength ?? USUAL_WINDOW;
}

/**
 * Whether the new arm is known to have had no bad event for one whole hold of the step, up to the last window read; in a step without
 * hold, none in that window.
 */
export function isQuiet({ lastBadAt, watermark }: GuardRecord, step: GuardSituation['step']): boolean {
  if (step === null || step.holdMs === null) return false;
  const quiet = watermark - Math.max(lastBadAt ?? 0, step.startedAt);
  return quiet > 0 && quiet >= step.holdMs;
}
