import type { Documents } from './documents.js';
import { isRelative } from './guard-kind.js';
import type { Guard } from './guard.js';
import type { UserError } from './problem.js';
import { isSameJson } from './same-json.js';

/** A guard that is asked what it can't answer: INVALID_INPUT at `asks`. One that is not there is a matter of references. */
export function askedErrors(documents: Documents, guard: Guard): UserError[] {
  const asked = guard.asks === null ? undefined : documents.value('guard', guard.asks);
  if (asked === undefined || asked.key === guard.key) return [];
  const reason = unfit(asked) ?? sameArms(asked, guard) ?? moved(documents, asked);
  if (reason === null) return [];
  const message = `Guard "${asked.key}" ${reason}, so it can’t tell a bad flag from a bad version: name one that compares the variants of a flag, best on events.`;
  return [{ field: 'asks', message, code: 'INVALID_INPUT' }];
}

/** Why a guard compares no variants, as the rest of a sentence about it; null where it may. */
function unfit(asked: Guard): string | null {
  if (!isRelative(asked)) return 'compares no arms';
  if (asked.template !== null) return 'compares the versions of a route';
  return asked.target !== null && 'route' in asked.target ? 'has a route as target' : null;
}

function sameArms(asked: Guard, { query }: Guard): string | null {
  if (asked.query === null || query === null) return null;
  return isSameJson(asked.query.arm, query.arm) ? 'compares the same arms as this one' : null;
}

/** A guard that nothing names yet may still get its flag. */
function moved(documents: Documents, { key, target }: Guard): string | null {
  const users = documents.list('rollout').filter(({ value }) => value.guards.includes(key));
  if (target !== null || users.length === 0 || users.some(({ value }) => value.flag !== null)) return null;
  return 'stands in rollouts that move no flag';
}
