import type { GuardRecord } from './guard/guard-record.js';
import { commitOfGuard, type GuardAct } from './guard-act.js';
import type { Image } from './image.js';
import type { PlannedCommit } from './rollout/act.js';

/** A breach: the guard, what it watches, its record after the window that broke it, and why in figures and words. */
export interface Breach extends Pick<GuardAct, 'subject' | 'revision' | 'evidence'> {
  readonly guard: string;
  readonly record: GuardRecord;
}

/**
 * What a breached guard does, in one commit at `now` (store time): its action, as `commitOfGuard` has it; the guard is latched
 * in any case. Null when there is nothing left to trip: guard or subject is gone, or the run ended meanwhile.
 */
export function trip(image: Image, breach: Breach, now: number): PlannedCommit | null {
  const guard = image.documents.value('guard', breach.guard);
  if (guard === undefined) return null;
  const { subject, revision, evidence } = breach;
  const latched = breach.record.trip ?? { at: now, evidence };
  const record: GuardRecord = { ...breach.record, state: 'tripped', trip: latched };
  return commitOfGuard(image, { guard, subject, kind: 'trip', record, revision, evidence }, now);
}
