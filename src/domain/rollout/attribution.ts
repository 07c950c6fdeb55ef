import type { Guard } from '../guard.js';
import type { GuardRecord } from '../guard/guard-record.js';
import { freshRecord } from '../guard/record.js';
import { SUSPECT } from '../guard/state.js';
import type { Image } from '../image.js';
import { type KeptRecord, keptRecords } from './latches.js';
import { isUnfinished, positionOf } from './position.js';

/** What is bad, as far as a breached guard can say: `unclear` = the guard that it asks first has yet to say. */
export type Attribution = 'flag' | 'version' | 'unclear';

/** How long a breached guard waits for the one that it asks, counted from the end of the window that broke it, ms. */
const WAIT = 20_000;
/** What SDKs tell of a moment arrives after it: so much further the asked guard must have judged, ms. */
const ARRIVES = 5_000;
/** What was served before the flag went off is still on its way, ms. */
const SETTLES = 5_000;

/**
 * Whether a breached guard of a version has found a bad version, or a flag that is bad on the pods of that version. Its `asks` names a
 * guard that compares the variants of a flag, which are drawn without regard to the version: what that finds no version explains,
 * while a flag explains what is found of a version whose code asks for it. So the flag goes first: it is to blame where its guard
 * has tripped since this record began; where that is suspect, or has not judged this long and 5 s more, it is waited
 * for, 20 s at most. Only what it finds of flags counts, and nothing of the rollout that the breach is in: there the same users have flag
 * and version; nor does a flag that was off before the windows that decided began. `record`: as the breach left it, its watermark the end of the window that broke it; `now`: store time.
 */
export function attribute(
  image: Image,
  { guard: { asks }, subject }: { readonly guard: Pick<Guard, 'asks'>; readonly subject: string },
  record: Pick<GuardRecord, 'madeAt' | 'watermark' | 'recent'>,
  now: number,
): Attribution {
  if (asks === null) return 'version';
  const asked = keptRecords(
    image,
    (kept) => kept.guard === asks && kept.subject !== subject && isOfFlag(image, kept.subject),
  );
  if (asked.some((one) => explains(image, one, record))) return 'flag';
  const watching = asked.filter(({ subject, record: { run } }) => isWatching(image, subject, run));
  const isOpen = watching.some(
    ({ record: { logE, watermark } }) =>
      (logE ?? -Infinity) >= SUSPECT || watermark < record.watermark + ARRIVES,
  );
  return isOpen && now - record.watermark < WAIT ? 'unclear' : 'version';
}

/** The record of a guard whose breach another one explains: it begins anew, once the flag is off for everybody. */
export function excused(
  record: GuardRecord,
  { key, asks }: Pick<Guard, 'key' | 'asks'>,
  now: number,
): GuardRecord {
  return {
    ...freshRecord(record.run, now + SETTLES),
    spent: record.spent,
    basis: record.basis,
    trouble: `begun anew: guard ${asks ?? key} found that the flag is bad`,
    troubleCode: 'BEGUN_ANEW',
  };
}

/** Whether a flag that an asked guard tripped on can be what a record holds: since it began, or since its windows that decided did, if these are known. */
function explains(
  image: Image,
  { subject, record: { trip, run } }: KeptRecord,
  { madeAt, recent }: Pick<GuardRecord, 'madeAt' | 'recent'>,
): boolean {
  // An override leaves a guard what it found before, and lets it look at nothing from before.
  if (trip === null || trip.at < Math.min(madeAt, recent?.since ?? madeAt)) return false;
  return isServed(image, subject, run) || trip.at + SETTLES > (recent?.since ?? madeAt);
}

/** Whether the new variant of a flag is still served there. */
function isServed(image: Image, subject: string, run: number): boolean {
  const [kind, key = ''] = subject.split('/');
  return kind === 'flag'
    ? image.documents.value('flag', key)?.enabled === true
    : isWatching(image, subject, run);
}

/** Whether a guard on this subject compares the variants of a flag. */
function isOfFlag({ documents }: Image, subject: string): boolean {
  const [kind, key = ''] = subject.split('/');
  if (kind !== 'rollout') return kind === 'flag';
  return (documents.value('rollout', key)?.flag ?? null) !== null;
}

function isWatching(image: Image, subject: string, run: number): boolean {
  const [kind, key = ''] = subject.split('/');
  if (kind !== 'rollout') return true;
  const { position } = positionOf(image, key);
  return isUnfinished(position) && position.run === run;
}
