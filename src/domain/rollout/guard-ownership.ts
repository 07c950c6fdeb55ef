import type { Guard } from '../guard.js';
import type { Image } from '../image.js';
import type { UserError } from '../problem.js';
import { isSameJson } from '../same-json.js';
import { keptRecords, namesOf } from './latches.js';

/** A guard that is latched on its own target keeps that: to point it elsewhere would be to forget the latch. */
export function guardOwnershipErrors(image: Image, key: string, after: Guard | null): UserError[] {
  const before = image.documents.value('guard', key);
  if (before === undefined || after === null || isSameJson(before.target, after.target)) return [];
  const latched = keptRecords(
    image,
    ({ guard, subject }) => guard === key && !subject.startsWith('rollout/'),
  ).filter(({ record }) => record.trip !== null);
  if (latched.length === 0) return [];
  const message = `Tripped: ${namesOf(latched)}. Reset it before giving it another target.`;
  return [{ field: 'target', message, code: 'GUARD_TRIPPED' }];
}
