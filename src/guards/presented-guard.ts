import { type Presented, presentPlain } from '../changes/presentation.js';
import type { Stored } from '../domain/documents.js';
import { absenceWarnings } from '../domain/guard/absence-words.js';
import type { GuardRecord } from '../domain/guard/guard-record.js';
import { type AfterTrip, afterTrip } from '../domain/guard/after-trip.js';
import { noHarmSince } from '../domain/guard/no-harm.js';
import type { Guard } from '../domain/guard.js';
import { scattered } from '../domain/guard/scatter.js';
import { type GuardRange, rangesOf } from '../domain/guard/ranges.js';
import type { TroubleCode } from '../domain/guard/trouble.js';
import { type Image, stateKey } from '../domain/image.js';
import type { Warning } from '../domain/problem.js';

/** A guard's record as the API shows it: flat, with its subject. */
export interface PresentedRecord extends Pick<
  GuardRecord,
  'state' | 'run' | 'logE' | 'watermark' | 'windows' | 'trouble'
> {
  readonly subject: string;
  readonly troubleCode: TroubleCode | null;
  /** What of it may be meant otherwise. */
  readonly warnings: readonly Warning[];
  readonly newBad: number;
  readonly newTotal: number;
  readonly controlBad: number;
  readonly controlTotal: number;
  readonly unseenSince: number | null;
  readonly trippedAt: number | null;
  /** What came after the trip; null where it has not tripped, or nothing can be said. */
  readonly afterTrip: AfterTrip | null;
  /** Log of the evidence that the new arm is not twice as bad as the control; null where its kind tells none. */
  readonly noHarm: number | null;
  /** The same since the present step began, where it goes on early by it; null where it does not. */
  readonly noHarmInStep: number | null;
  readonly ranges: readonly GuardRange[];
  /** What its evidence is divided by. */
  readonly phi: number;
  /** Why history says none, or not all that it speaks for, in words; null where it says all, was not asked, or has not answered yet. */
  readonly phiReason: string | null;
  readonly evidence: NonNullable<GuardRecord['trip']>['evidence'] | null;
}

type PresentedSettings = Parameters<typeof rangesOf>[0] &
  Pick<Guard, 'phiFromHistory'> &
  Parameters<typeof absenceWarnings>[0];

export type PresentedGuard = Presented<'guard'> & { readonly records: readonly PresentedRecord[] };

/** A guard together with where it stands with each of its subjects. */
export function presentGuard(image: Image, stored: Stored<'guard'>): PresentedGuard {
  const guard = presentPlain(image, stored);
  const prefix = stateKey.guard(guard.key, '');
  const states = [...image.states.values()].filter(({ key }) => key.startsWith(prefix));
  return {
    ...guard,
    records: states.map(({ key, value }) =>
      presentRecord(guard, key.slice(prefix.length), value as GuardRecord),
    ),
  };
}

function presentRecord(guard: PresentedSettings, subject: string, record: GuardRecord): PresentedRecord {
  const judging = scattered(guard, record);
  const { state, run, logE, watermark, windows, trouble, sums, trip, memory } = record;
  return {
    subject,
    state,
    run,
    logE,
    watermark,
    windows,
    trouble,
    troubleCode: codeOf(record),
    warnings: absenceWarnings(guard, record),
    ...sums,
    unseenSince: record.unseen?.since ?? null,
    trippedAt: trip?.at ?? null,
    afterTrip: afterTrip(record),
    noHarm: memory?.kind === 'ratio' ? memory.noHarm : null,
    noHarmInStep: record.noHarm ? noHarmSince(record.noHarm, record.noHarm.since) : null,
    ranges: rangesOf(judging, record),
    phi: judging.phi,
    phiReason: phiReasonOf(record),
    evidence: trip?.evidence ?? null,
  };
}

function phiReasonOf({ scatter }: GuardRecord): string | null {
  return scatter?.reason ?? null;
}

function codeOf({ troubleCode }: GuardRecord): PresentedRecord['troubleCode'] {
  return troubleCode ?? null;
}
