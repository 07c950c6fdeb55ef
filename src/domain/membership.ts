import type { Condition, Route } from '@tidegate/sdk/engine';

/**
 * What is known of a caller's segments behind a root that sends each audience to a delegate of its own: the first one that
 * he is in, or null where he is in none, and those that he is not in. Nothing is known of any other.
 */
export interface Membership {
  readonly in: string | null;
  readonly out: readonly string[];
}

const ALWAYS: Condition = { all: [] };
const NEVER: Condition = { any: [] };

/** The callers of each delegate: those of the audiences in their order, then all others. */
export function memberships({ audiences = [] }: Pick<Route, 'audiences'>): readonly Membership[] {
  const members = audiences.map((segment, index) => ({ in: segment, out: audiences.slice(0, index) }));
  return [...members, { in: null, out: audiences }];
}

/** The condition for such callers: segments that are known of are gone from it, with whatever they settle. */
export function assume(condition: Condition, membership: Membership): Condition {
  if ('not' in condition) return opposite(assume(condition.not, membership));
  if ('all' in condition) {
    const parts = condition.all.map((part) => assume(part, membership)).filter((part) => !isAlways(part));
    return parts.some(isNever) ? NEVER : { all: parts };
  }
  if ('any' in condition) {
    const parts = condition.any.map((part) => assume(part, membership)).filter((part) => !isNever(part));
    return parts.some(isAlways) ? ALWAYS : { any: parts };
  }
  if (condition.operator !== 'inSegment') return condition;
  if (condition.value === membership.in) return ALWAYS;
  return membership.out.includes(condition.value) ? NEVER : condition;
}

function opposite(condition: Condition): Condition {
  if (isAlways(condition)) return NEVER;
  return isNever(condition) ? ALWAYS : { not: condition };
}

function isAlways(condition: Condition): boolean {
  return 'all' in condition && condition.all.length === 0;
}

function isNever(condition: Condition): boolean {
  return 'any' in condition && condition.any.length === 0;
}
