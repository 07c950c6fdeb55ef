import type { StoredState } from '../change.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { isBinding } from '../guard.js';
import { type Image, stateKey } from '../image.js';
import { movesAny, type Target } from './target.js';

/** A guard's record of one subject, and the revision of that state. */
export interface KeptRecord {
  readonly guard: string;
  /** `rollout/<key>`, `flag/<key>` or `route/<key>`. */
  readonly subject: string;
  readonly record: GuardRecord;
  readonly revision: number;
}

const FORM = /^guard\/([^/]+)\/(.+)$/;

/** A record whose guard is not known is taken seriously. */
const BINDING = { action: null };

/** Every record that guards keep, or those that `wanted` picks. */
export function keptRecords(
  image: Image,
  wanted: (kept: { readonly guard: string; readonly subject: string }) => boolean = () => true,
): KeptRecord[] {
  const found: KeptRecord[] = [];
  for (const [key, state] of image.states) {
    const [, guard, subject] = FORM.exec(key) ?? [];
    if (guard === undefined || subject === undefined || !wanted({ guard, subject })) continue;
    found.push({
      guard,
      subject,
      record: (state as StoredState<GuardRecord>).value,
      revision: state.revision,
    });
  }
  return found;
}

/** The record that a guard keeps of a subject, with its state's revision; null and 0 where there is none. */
export function keptRecord(
  image: Image,
  guard: string,
  subject: string,
): { readonly record: GuardRecord | null; readonly revision: number } {
  const state = image.states.get(stateKey.guard(guard, subject));
  if (state === undefined) return { record: null, revision: 0 };
  return { record: state.value as GuardRecord, revision: state.revision };
}

/** Latched guards that stand in the way on a flag or routes: those that watch it alone, and those of any rollout that moves it. */
export function latchedGuards(image: Image, target: Target): KeptRecord[] {
  const subjects = new Set<string>();
  if (target.flag !== undefined) subjects.add(`flag/${target.flag}`);
  for (const route of target.routes ?? []) subjects.add(`route/${route}`);
  for (const { key, value } of image.documents.list('rollout')) {
    if (movesAny(value, target)) subjects.add(`rollout/${key}`);
  }
  return keptRecords(image, ({ subject }) => subjects.has(subject)).filter(
    ({ guard, record }) =>
      record.trip !== null && isBinding(image.documents.value('guard', guard) ?? BINDING),
  );
}

/** Names guards in an error's words: `"checkout-errors" (rollout/new-checkout)`. */
export function namesOf(kept: readonly KeptRecord[]): string {
  return kept.map(({ guard, subject }) => `"${guard}" (${subject})`).join(', ');
}
