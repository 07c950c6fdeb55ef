import type { StoredState } from '../change.js';
import type { Guard } from '../guard.js';
import { tripLine } from '../guard/combination.js';
import type { CurvePoint } from '../guard/curve-point.js';
import { type EvidenceCurve, grownCurve } from '../guard/evidence-curve.js';
import type { GuardRecord, GuardState } from '../guard/guard-record.js';
import { type GuardRange, rangesOf } from '../guard/ranges.js';
import { scattered } from '../guard/scatter.js';
import { isCombined } from '../guard-kind.js';
import { type Image, stateKey } from '../image.js';
import { watchedGuards } from './watched-guards.js';
import { keptRecord } from './latches.js';

/** What one arm had in all: `rate` is bad ÷ total; of a mean `bad` is the sum of the values and `rate` their mean. */
export interface ArmEvidence {
  readonly bad: number;
  readonly total: number;
  readonly rate: number | null;
}

/** All that there is to draw of a guard on one subject. */
export interface GuardEvidenceView {
  readonly guard: string;
  readonly subject: string;
  readonly state: GuardState;
  readonly run: number;
  readonly logE: number | null;
  /** The log of the evidence at which it trips, or tripped; null: its kind knows no odds. */
  readonly tripLine: number | null;
  readonly trippedAt: number | null;
  readonly new: ArmEvidence;
  readonly control: ArmEvidence;
  readonly ranges: readonly GuardRange[];
  /** Oldest first; empty where nothing was judged, or the last few seconds are all there is and it has not tripped. */
  readonly curve: readonly CurvePoint[];
}

/** What is drawn of a guard at `now` (store time); null where it has no record of that subject. */
export function guardEvidence(
  image: Image,
  { guard: key, subject }: { readonly guard: string; readonly subject: string },
  now: number,
): GuardEvidenceView | null {
  const guard = image.documents.value('guard', key);
  const { record } = keptRecord(image, key, subject);
  if (guard === undefined || record === null) return null;
  const drawn = { guard, subject, record, kept: keptCurve(image, { guard, subject, record }) };
  const tripLine = isCombined(guard.kind) ? lineOf(image, drawn, now) : null;
  const { newBad, newTotal, controlBad, controlTotal } = record.sums;
  return {
    guard: key,
    subject,
    state: record.state,
    run: record.run,
    logE: record.logE,
    tripLine,
    trippedAt: record.trip?.at ?? null,
    new: armOf(newBad, newTotal),
    control: armOf(controlBad, controlTotal),
    ranges: rangesOf(scattered(guard, record), record),
    curve: pointsOf(drawn, tripLine),
  };
}

interface Drawn {
  readonly guard: Guard;
  readonly subject: string;
  readonly record: GuardRecord;
  readonly kept: EvidenceCurve | null;
}

/** As it is now for a guard in use that has not tripped; that of the trip for one that has; else as it was last. */
function lineOf(image: Image, { guard, subject, record, kept }: Drawn, now: number): number | null {
  if (record.trip !== null) return lineIn(record.trip.evidence) ?? lastLine(kept);
  const watched = watchedGuards(image, now).find(
    (one) => one.guard.key === guard.key && one.subject === subject,
  );
  return watched === undefined ? lastLine(kept) : tripLine(guard, watched.situation.combined);
}

function lineIn({ threshold }: NonNullable<GuardRecord['trip']>['evidence']): number | null {
  return typeof threshold === 'number' ? threshold : null;
}

function lastLine(kept: EvidenceCurve | null): number | null {
  return kept?.points.at(-1)?.tripLine ?? null;
}

/** The curve of the record's own run: an older one says nothing of it. */
function keptCurve(image: Image, { guard, subject, record }: Omit<Drawn, 'kept'>): EvidenceCurve | null {
  const kept = image.states.get(stateKey.curve(guard.key, subject)) as StoredState<EvidenceCurve> | undefined;
  if (kept === undefined || kept.value.run !== record.run || kept.value.windows > record.windows) return null;
  return kept.value;
}

/** With the point of a trip: points are kept every few seconds, and a trip is looked at as soon as it is told. */
function pointsOf({ guard, record, kept }: Drawn, line: number | null): readonly CurvePoint[] {
  const points = (record.trip === null ? kept : grownCurve(kept, record, line))?.points ?? [];
  // Curves kept by earlier versions have a line for these kinds as well.
  return isCombined(guard.kind) ? points : points.map((point) => ({ ...point, tripLine: null }));
}

function armOf(bad: number, total: number): ArmEvidence {
  return { bad, total, rate: total === 0 ? null : bad / total };
}
