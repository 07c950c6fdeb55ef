import type { Guard } from '../guard.js';
import type { GuardRecord } from './guard-record.js';

/** What patience rests on beside the record. */
export interface PatienceSituation {
  /** The store's time, epoch ms. */
  readonly now: number;
  /** Whether anybody can meet the new arm. */
  readonly exposed: boolean;
}

/**
 * `judged`, with since when its guard can't judge though the new arm is in use: from the first look that finds it blind or
 * untrusted to the first that does not. The very same object where that stays as it was.
 */
export function withPatience(judged: GuardRecord, { now, exposed }: PatienceSituation): GuardRecord {
  const unseen = judged.unseen ?? null;
  const isUnseen =
    exposed && judged.trip === null && (judged.state === 'blind' || judged.state === 'untrusted');
  if (isUnseen === (unseen !== null)) return judged;
  return { ...judged, unseen: isUnseen ? { since: now, told: false } : null };
}

/** Whether it is time to tell that the guard can't judge, and to do what it is to do then: once for each spell. */
export function isPatienceOver({ patience }: Guard, { unseen }: GuardRecord, now: number): boolean {
  return unseen != null && !unseen.told && now - unseen.since >= patience * 1_000;
}
