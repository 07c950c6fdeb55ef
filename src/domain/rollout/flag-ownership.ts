import type { Flag } from '@tidegate/sdk/engine';
import type { Image } from '../image.js';
import type { UserError } from '../problem.js';
import { latchedGuards, namesOf } from './latches.js';
import { unfinishedRollout } from './position.js';
import { ruleOwnershipErrors } from './rule-ownership.js';

/** What of an edit of a flag belongs to a rollout, or opens what a guard closed. */
export function flagOwnershipErrors(image: Image, key: string, after: Flag | null): UserError[] {
  if (after === null) return deletionErrors(image, key);
  const before = image.documents.value('flag', key);
  return [
    ...ruleOwnershipErrors(before?.rules ?? [], after.rules),
    ...(before === undefined
      ? []
      : [...defaultErrors(image, before, after), ...enableErrors(image, before, after)]),
  ];
}

function deletionErrors(image: Image, key: string): UserError[] {
  const owner = unfinishedRollout(image, { flag: key });
  if (owner === null) return [];
  const message = `Rollout "${owner.rollout.key}" moves this flag: abort it first.`;
  return [{ field: 'key', message, code: 'OWNED_BY_ROLLOUT' }];
}

function defaultErrors(image: Image, before: Flag, after: Flag): UserError[] {
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

function enableErrors(image: Image, before: Flag, after: Flag): UserError[] {
  if (before.enabled || !after.enabled) return [];
  const latched = latchedGuards(image, { flag: before.key });
  if (latched.length === 0) return [];
  const message = `Tripped: ${namesOf(latched)}. Reset what tripped before enabling the flag.`;
  return [{ field: 'enabled', message, code: 'GUARD_TRIPPED' }];
}
