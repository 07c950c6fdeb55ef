import type { Guard } from './guard.js';
import type { GuardRecord } from './guard/guard-record.js';
import { commitOfGuard } from './guard-act.js';
import type { Image } from './image.js';
import type { PlannedCommit } from './rollout/act.js';

/** A guard that has not been able to judge for longer than its patience. */
export interface Blindness {
  readonly guard: string;
  /** `rollout/<key>`, `flag/<key>` or `route/<key>`. */
  readonly subject: string;
  /** Its `unseen` says since when. */
  readonly record: GuardRecord;
  /** Revision of the record's state as read, 0 = there was none. */
  readonly revision: number;
}

/**
 * What a guard does that was blind or untrusted for too long, in one commit at `now` (store time): its `whenBlind`, where `hold`
 * changes nothing; it is told in any case, and latches nothing: there is no evidence against the new arm. Null when there is
 * nothing left to act on, as with `trip`.
 */
export function actOnBlindness(image: Image, blindness: Blindness, now: number): PlannedCommit | null {
  const guard = image.documents.value('guard', blindness.guard);
  const { subject, revision, record } = blindness;
  if (guard === undefined || record.unseen == null) return null;
  const { since } = record.unseen;
  const { state, trouble, troubleCode = null } = record;
  const acting: Guard = { ...guard, action: guard.whenBlind === 'hold' ? 'tell' : guard.whenBlind };
  const evidence = { words: wordsOf(record, now - since), state, trouble, troubleCode, since };
  const told: GuardRecord = { ...record, unseen: { since, told: true } };
  return commitOfGuard(
    image,
    { guard: acting, subject, kind: 'blind', record: told, revision, evidence },
    now,
  );
}

function wordsOf({ state, trouble }: GuardRecord, ms: number): string {
  const words = `${state} for ${Math.floor(ms / 1_000)} s`;
  return trouble === '' ? words : `${words}: ${trouble}`;
}
