import type { Guard } from '../guard.js';
import { keptAbsence } from './absence-words.js';
import { type Admission, admit, faultOf } from './admit.js';
import { tripLine } from './combination.js';
import { evidenceOf, type GuardEvidence } from './evidence.js';
import type { GuardRecord, GuardState } from './guard-record.js';
import { rulesOf } from './kinds/all.js';
import { addNoHarm } from './no-harm.js';
import { badIn, type MetricReading, type MetricWindow } from './reading.js';
import { type GuardSituation, needsReading } from './situation.js';
import { withScatter } from './scatter.js';
import { spanTrouble } from './span-trouble.js';
import { windowsAfter } from './windows-after.js';
import { strataTrouble } from './strata.js';
import { ageFault, isQuiet, stateOf } from './state.js';
import type { Trouble, TroubleCode } from './trouble.js';

export interface Judgement {
  readonly guard: Guard;
  /** As kept, and settled on the guard's present basis (`settleRecord`). */
  readonly record: GuardRecord;
  /** What came since the record's watermark; null where the source was not asked. */
  readonly reading: MetricReading | null;
  readonly situation: GuardSituation;
}

export interface Verdict {
  /** To be kept in place of the one given; the very same object when nothing changed. */
  readonly record: GuardRecord;
  readonly state: GuardState;
  /** Log of the evidence against the new arm; null = none yet. */
  readonly logE: number | null;
  /**
   * `trip`: close now; the record already holds the latch, write it in the same commit. `go`: this guard does not stand
   * in the way of the next step. `hold`: it does; also once it is latched.
   */
  readonly decision: 'trip' | 'hold' | 'go';
  readonly evidence: GuardEvidence;
}

/**
 * Judges what a guard's source delivered. Each window is applied once: one at or before the record's watermark changes
 * nothing, and a reading that begins before it is left alone, to be read anew.
 */
export function judge({ guard, record, reading, situation }: Judgement): Verdict {
  const next = needsReading(guard, situation)
    ? take(comparable(record, situation), { guard, record, reading, situation })
    : standAside(record);
  const kept = sameFields(record, next) ? record : next;
  return {
    record: kept,
    state: kept.state,
    logE: kept.logE,
    decision: decide(record, kept, situation),
    // Words cost more than the judgement, and most of the time nobody asks for them.
    get evidence() {
      return evidenceOf(guard, kept, situation.combined);
    },
  };
}

/** Nothing to compare: what is known stays, what comes is not looked at. */
function standAside(record: GuardRecord): GuardRecord {
  return {
    ...record,
    carry: null,
    trouble: '',
    troubleCode: undefined,
    state: record.trip === null ? 'no-control' : 'tripped',
  };
}

/** Arms that just became comparable: what happened before this step began was another population. */
function comparable(record: GuardRecord, { step }: GuardSituation): GuardRecord {
  if (record.state !== 'no-control') return record;
  const madeAt = Math.max(record.madeAt, step?.startedAt ?? 0);
  return { ...record, madeAt, watermark: Math.max(record.watermark, madeAt) };
}

function take(known: GuardRecord, { guard, reading, situation, ...given }: Judgement): GuardRecord {
  // A reading taken while there was no control begins before the arms were comparable.
  const usable = given.record.state === 'no-control' ? null : reading;
  const record = withScatter(known, usable);
  const begun = usable === null ? record : begin(record, usable, guard);
  const found = usable && troubleOf(begun, usable, guard);
  const taken =
    usable === null || found !== null
      ? { ...record, windowLength: lengthOf(record, found && usable) }
      : takeIn(begun, usable, { guard, situation });
  const applied = { ...taken, absent: keptAbsence(record, usable?.absent) };
  return { ...applied, ...stateOf(applied, found, { guard, situation, reading: usable }) };
}

/** Only by what has the bounds of all that is to be judged: a bound that is gone would be watched in vain for good. */
function begin(record: GuardRecord, { earlier, windows }: MetricReading, guard: Guard): GuardRecord {
  if (earlier === undefined || windows.length === 0) return record;
  const isAlike = windows.every(({ bounds }) => bounds?.join() === earlier.bounds.join());
  return (isAlike && rulesOf(guard.kind).begin?.(record, earlier, guard)) || record;
}

/** What is wrong with a reading; null where it can be judged. */
function troubleOf(record: GuardRecord, reading: MetricReading, guard: Guard): Trouble | null {
  const { unknown, code = 'BAD_ANSWER', windows } = reading;
  if (unknown !== null) return { code, words: unknown };
  return (
    windowTrouble(record, windows, guard) ??
    unread(record, reading) ??
    spanTrouble(guard, lengthOf(record, reading))
  );
}

/** What can be wrong with windows. */
const OF_WINDOWS: readonly TroubleCode[] = ['BAD_COUNT', 'BAD_HISTOGRAM', 'BOUNDS_DIFFER', 'BAD_STRATA'];

/** What was wrong with the last windows stays so while no others come: the next answer is on its way. */
function unread({ watermark, troubleCode, trouble }: GuardRecord, reading: MetricReading): Trouble | null {
  if (reading.windows.length > 0 || reading.watermark > watermark) return null;
  return troubleCode !== undefined && OF_WINDOWS.includes(troubleCode)
    ? { code: troubleCode, words: trouble }
    : null;
}

/** How long windows are, as last told by one; what is wrong with that stays wrong while none comes. */
function lengthOf({ windowLength }: GuardRecord, reading: MetricReading | null): number | null {
  return reading !== null && reading.windows.length > 0 ? reading.windowLength : windowLength;
}

function windowTrouble(record: GuardRecord, windows: readonly MetricWindow[], guard: Guard): Trouble | null {
  const rules = rulesOf(guard.kind);
  for (const window of windows) {
    const words = faultOf(window);
    if (words !== null) return { code: 'BAD_COUNT', words };
    const values = window.strata?.map(({ value }) => value);
    const found = strataTrouble(guard.strata, values) ?? rules.troubleOf?.(record, window, guard) ?? null;
    if (found !== null) return found;
  }
  return null;
}

/**
 * Also without news: what other guards of the rollout have found since may be what was missing. Not on data that is too old:
 * then one of those that found it is to blame.
 */
function takeIn(
  record: GuardRecord,
  reading: MetricReading,
  judging: Pick<Judgement, 'guard' | 'situation'>,
): GuardRecord {
  const next = withoutUnread(record, applyAll(record, reading, judging));
  if (ageFault(next, judging.situation.now, { guard: judging.guard, reading }) !== null) return next;
  return latch(next, { ...judging, until: next.watermark });
}

/** What could not be read may have been bad: with it quiet time begins anew. */
function withoutUnread(before: GuardRecord, next: GuardRecord): GuardRecord {
  return next.lost > before.lost ? { ...next, lastBadAt: next.watermark } : next;
}

function applyAll(
  record: GuardRecord,
  reading: MetricReading,
  { guard, situation }: Pick<Judgement, 'guard' | 'situation'>,
): GuardRecord {
  const news = windowsAfter(reading.windows, record.watermark);
  const [first] = news;
  if (first !== undefined && first.from < record.watermark) return record;
  if (reading.watermark <= record.watermark) return record;
  const windowLength = first === undefined ? record.windowLength : reading.windowLength;
  let next: GuardRecord = { ...record, windowLength, lost: record.lost + reading.lost };
  for (const window of news) {
    const admission = admit(window, next.carry, guard);
    const { window: admitted } = admission;
    next = withAdmission(next, admission);
    if (admitted === null) {
      // What is held back is no evidence yet, but it is no quiet time either.
      next = { ...next, lastBadAt: badIn(window.new) ? window.to : next.lastBadAt };
      continue;
    }
    next = latch(afterWindow(next, admitted, { guard, situation }), { guard, situation, until: window.to });
    // What comes after the window that broke it is read again: evidence and watermark tell of this moment.
    if (record.trip === null && next.trip !== null) return { ...next, watermark: window.to };
  }
  return { ...next, watermark: Math.max(reading.watermark, ...news.map(({ to }) => to)) };
}

function withAdmission(record: GuardRecord, { carry, cut }: Admission): GuardRecord {
  return cut > 0 ? { ...record, carry, cut: (record.cut ?? 0) + cut } : { ...record, carry };
}

function afterWindow(
  record: GuardRecord,
  window: MetricWindow,
  { guard, situation: { plan, step } }: Pick<Judgement, 'guard' | 'situation'>,
): GuardRecord {
  const rules = rulesOf(guard.kind);
  const applied = rules.apply(record, window, { guard, plan, step });
  const next = isUnknown(window, guard) ? { ...applied, lastBadAt: window.to } : applied;
  if (step?.goesEarly === undefined && !record.noHarm) return next;
  const llrs = rules.noHarmLlrs?.(window, record, guard) ?? [];
  return { ...next, noHarm: addNoHarm(record.noHarm ?? null, llrs, { window, step, phi: guard.phi }) };
}

/** Whether nothing is known of the new arm in a window. Where sources only tell of what happened, no data is nothing bad. */
function isUnknown(window: MetricWindow, { source }: Guard): boolean {
  return window.new === null && (source === 'prometheus' || source === 'webhook');
}

function latch(
  record: GuardRecord,
  { guard, situation, until }: Pick<Judgement, 'guard' | 'situation'> & { until: number },
): GuardRecord {
  if (record.trip !== null) return record;
  if (!rulesOf(guard.kind).trips(record, guard, tripLine(guard, situation.combined))) return record;
  const evidence = evidenceOf(guard, { ...record, watermark: until }, situation.combined);
  return { ...record, trip: { at: situation.now, evidence } };
}

function decide(before: GuardRecord, after: GuardRecord, { step }: GuardSituation): Verdict['decision'] {
  if (after.trip !== null) return before.trip === null ? 'trip' : 'hold';
  return letsGo(after, { step }) ? 'go' : 'hold';
}

/** Whether a record, as it stands, lets the step go on. */
export function letsGo(record: GuardRecord, { step }: Pick<GuardSituation, 'step'>): boolean {
  if (record.trip !== null) return false;
  if (record.state === 'ok' || record.state === 'no-control') return true;
  return record.state === 'suspect' && isQuiet(record, step);
}

function sameFields(a: GuardRecord, b: GuardRecord): boolean {
  return (Object.keys(b) as (keyof GuardRecord)[]).every((field) => Object.is(a[field], b[field]));
}
