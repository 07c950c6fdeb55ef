import type { UserError } from '../problem.js';
import { isOwnedRuleId } from './owned-rules.js';
import { isSameJson } from '../same-json.js';

interface AnyRule {
  readonly id: string;
}

/** Owned rules must stay as they are, and last; no other rule may have an id of their form. */
export function ruleOwnershipErrors(before: readonly AnyRule[], after: readonly AnyRule[]): UserError[] {
  if (isSameJson(before, after)) return [];
  const owned = before.filter(({ id }) => isOwnedRuleId(id));
  const given = after.filter(({ id }) => isOwnedRuleId(id));
  const foreign = given.find(({ id }) => !owned.some((rule) => rule.id === id));
  if (foreign !== undefined) {
    const message = `Only a rollout makes rules with an id like "${foreign.id}": choose another id.`;
    return [{ field: 'rules', message, code: 'RESERVED_NAME' }];
  }
  const tail = after.slice(after.length - owned.length);
  if (owned.length === 0 || isSameJson(owned, tail)) return [];
  const names = owned.map(({ id }) => id).join(', ');
  const message = `A rollout owns ${names}: leave them as they are, last in the list, or abort the rollout.`;
  return [{ field: 'rules', message, code: 'OWNED_BY_ROLLOUT' }];
}
