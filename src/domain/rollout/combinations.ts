import { ref, type Stored } from '../documents.js';
import { type Guard, isBinding } from '../guard.js';
import { isCombined } from '../guard-kind.js';
import { ALONE, type Combination, mayBeBlamed, partsOf, termOf } from '../guard/combination.js';
import type { GuardRecord, GuardState } from '../guard/guard-record.js';
import type { GuardSubject } from '../guard/guard-subject.js';
import { rulesOf } from '../guard/kinds/all.js';
import { basisOf } from '../guard/record.js';
import type { Image } from '../image.js';
import type { RolloutPosition } from '../rollout.js';
import { keptRecord } from './latches.js';

/** A guard of a rollout, and what it reads there. */
export interface ReadingGuard {
  readonly guard: Guard;
  readonly reads: GuardSubject;
}

const NOTHING_SHARED: ReadonlyMap<string, Combination> = new Map();

/** Of the guards of a rollout, those that share one budget: what can stop it, on evidence that is a bet. */
export function combinedGuards(guards: readonly Guard[]): Guard[] {
  return guards.filter((guard) => isBinding(guard) && isCombined(guard.kind));
}

/** One guard's term of the sum. */
interface Term {
  readonly value: number;
  /** It can trip as it stands; else nobody waits for it. */
  readonly mayTrip: boolean;
}

/** States in which a guard takes nothing in, or nothing new: what others find makes it trip no more. */
const STANDS_ASIDE: readonly GuardState[] = ['blind', 'no-control'];

/**
 * What each guard of an unfinished rollout shares with the others, by key; none where nothing is shared. Evidence of another run, or of settings that were edited
 * since, adds nothing, nor does a guard that is latched, lacks its `minEvents`, or is untrusted.
 */
export function combinationsOf(
  image: Image,
  rollout: Stored<'rollout'>,
  { run }: RolloutPosition,
  all: readonly ReadingGuard[],
): ReadonlyMap<string, Combination> {
  const combined = combinedGuards(all.map(({ guard }) => guard));
  if (combined.length < 2) return NOTHING_SHARED;
  const parts = partsOf(combined);
  const terms = new Map<string, Term>();
  for (const { guard, reads } of all) {
    const part = parts.get(guard.key);
    const { record } = keptRecord(image, guard.key, ref('rollout', rollout.key));
    if (part === undefined || record === null || !addsUp(record, { guard, reads, run })) continue;
    terms.set(guard.key, {
      value: termOf(guard, part, record.logE),
      mayTrip: !STANDS_ASIDE.includes(record.state) && mayBeBlamed(record.logE),
    });
  }
  return new Map(all.map(({ guard: { key } }) => [key, sharedBy(key, parts.get(key), terms)]));
}

/** Whether what a record holds is evidence of this run, on what the guard says today, of enough events, and trusted. */
function addsUp(
  record: GuardRecord,
  { guard, reads, run }: ReadingGuard & Pick<RolloutPosition, 'run'>,
): boolean {
  if (record.run !== run || record.trip !== null || record.state === 'untrusted') return false;
  return record.basis === basisOf(guard, reads) && rulesOf(guard.kind).trips(record, guard, -Infinity);
}

function sharedBy(key: string, part: number | undefined, terms: ReadonlyMap<string, Term>): Combination {
  if (part === undefined) return ALONE;
  let rest = 0;
  let largest = 0;
  for (const [other, { value, mayTrip }] of terms) {
    if (other === key) continue;
    rest += value;
    if (mayTrip) largest = Math.max(largest, value);
  }
  return { part, rest, largest };
}
