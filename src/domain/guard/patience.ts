import type { Guard } from '../guard.js';
import { UNWATCHED } from '../rollout/held.js';
import { isUncounted } from './absence-words.js';
import type { GuardRecord, Unseen } from './guard-record.js';

/** What patience rests on beside the record. */
export interface PatienceSituation {
  /** The store's time, epoch ms. */
  readonly now: number;
  /** Whether anybody can meet the new arm. */
  readonly exposed: boolean;
}

/** How often it is written down that somebody looks, ms. */
const CHECKPOINT = 5_000;
/** How long a guard without series is waited for at least, ms: what says so was looked for up to half a minute ago, maybe before the first scrape. */
const LOOKED_TWICE = 60_000;

/**
 * `judged`, with since when its guard can't judge though the new arm is in use: from the first look that finds it blind,
 * untrusted or without any series of what it counts to the first that does not. Where nobody looked for a while, because nobody led or the store was away, a spell that was not told yet
 * begins anew: it may have seen meanwhile. The very same object where that stays as it was.
 */
export function withPatience(judged: GuardRecord, { now, exposed }: PatienceSituation): GuardRecord {
  const unseen = judged.unseen ?? null;
  const isUnseen = exposed && judged.trip === null && isBlinded(judged);
  if (!isUnseen) return unseen === null ? judged : { ...judged, unseen: null };
  const spell = unseen === null ? { since: now, told: false, at: now } : lookedAt(unseen, now);
  return spell === unseen ? judged : { ...judged, unseen: spell };
}

function isBlinded(record: GuardRecord): boolean {
  const { state } = record;
  return state === 'blind' || state === 'untrusted' || (state === 'warming' && isUncounted(record));
}

function lookedAt(unseen: Unseen, now: number): Unseen {
  if (unseen.told) return unseen;
  const { since, at = now } = unseen;
  if (now < at || now - at > UNWATCHED) return { since: now, told: false, at: now };
  return unseen.at === undefined || now - at >= CHECKPOINT ? { since, told: false, at: now } : unseen;
}

/** Whether it is time to tell that the guard can't judge, and to do what it is to do then: once for each spell. */
export function isPatienceOver({ patience }: Guard, { unseen, state }: GuardRecord, now: number): boolean {
  const least = state === 'warming' ? LOOKED_TWICE : 0;
  return unseen != null && !unseen.told && now - unseen.since >= Math.max(patience * 1_000, least);
}
