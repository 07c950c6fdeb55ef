import type { StoredFlag } from '../flag.js';
import type { Image } from '../image.js';
import { killOf } from '../kill.js';
import type { UserError } from '../problem.js';
import { latchedGuards, namesOf } from './latches.js';
import { unfinishedRollout, unfinishedRollouts } from './position.js';
import { ruleOwnershipErrors } from './rule-ownership.js';

/** What of an edit of a flag belongs to a rollout, opens what a guard closed, or touches what is archived. */
export function flagOwnershipErrors(image: Image, key: string, after: StoredFlag | null): UserError[] {
  if (after === null) return deletionErrors(image, key);
  const before = image.documents.value('flag', key);
  return [
    ...ruleOwnershipErrors(before?.rules ?? [], after.rules),
    ...(before === undefined
      ? []
      : [
          ...defaultErrors(image, before, after),
          ...enableErrors(image, before, after),
          ...archiveErrors(image, before, after),
        ]),
  ];
}

/** What is archived stays as it is until it is restored, save that it can be turned off; what a rollout needs can't be archived. */
function archiveErrors(image: Image, before: StoredFlag, after: StoredFlag): UserError[] {
  const { key } = before;
  if (after.archived !== true) return [];
  if (before.archived === true) {
    if (killOf(image.documents, { kind: 'flag', key, value: after }) !== null) return [];
    const message = `Flag "${key}" is archived: restore it before editing it.`;
    return [{ field: 'archived', message, code: 'FLAG_ARCHIVED' }];
  }
  const owner = unfinishedRollouts(image).find(({ rollout: { value } }) => {
    const counted = value.guards.map((guard) => image.documents.value('guard', guard)?.events?.flag);
    return value.flag?.key === key || counted.includes(key);
  });
  if (owner === undefined) return [];
  const message = `Rollout "${owner.rollout.key}" is ${owner.position.state} and needs this flag: abort it first.`;
  return [{ field: 'archived', message, code: 'OWNED_BY_ROLLOUT' }];
}

function deletionErrors(image: Image, key: string): UserError[] {
  const owner = unfinishedRollout(image, { flag: key });
  if (owner === null) return [];
  const message = `Rollout "${owner.rollout.key}" moves this flag: abort it first.`;
  return [{ field: 'key', message, code: 'OWNED_BY_ROLLOUT' }];
}

function defaultErrors(image: Image, before: StoredFlag, after: StoredFlag): UserError[] {
  if (before.defaultVariant === after.defaultVariant) return [];
  const owner = unfinishedRollout(image, { flag: before.key });
  if (owner === null) return [];
  const field = 'defaultVariant';
  if (after.defaultVariant === null) {
    const message = `Rollout "${owner.rollout.key}" needs a default variant: its control.`;
    return [{ field, message, code: 'DEFAULT_REQUIRED' }];
  }
  const message = `The default is the control of rollout "${owner.rollout.key}" until that ends; or abort it.`;
  return [{ field, message, code: 'OWNED_BY_ROLLOUT' }];
}

function enableErrors(image: Image, before: StoredFlag, after: StoredFlag): UserError[] {
  if (before.enabled || !after.enabled) return [];
  const latched = latchedGuards(image, { flag: before.key });
  if (latched.length === 0) return [];
  const message = `Tripped: ${namesOf(latched)}. Reset what tripped before enabling the flag.`;
  return [{ field: 'enabled', message, code: 'GUARD_TRIPPED' }];
}
