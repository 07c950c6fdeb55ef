import { Problem } from './problem.js';

interface AnyRule {
  readonly id: string;
}

/** Index at which a person's rule goes when none is given: after their last one, above those that a rollout owns. */
function endOf(rules: readonly AnyRule[]): number {
  const owned = rules.findIndex(({ id }) => id.startsWith('rollout:'));
  return owned < 0 ? rules.length : owned;
}

/** Index of the rule. NOT_FOUND. */
export function indexOfRule(rules: readonly AnyRule[], id: string): number {
  const index = rules.findIndex((rule) => rule.id === id);
  if (index >= 0) return index;
  const known = rules.map((rule) => rule.id).join(', ');
  const message =
    known === ''
      ? `There is no rule "${id}": there are none.`
      : `There is no rule "${id}"; there are: ${known}.`;
  throw new Problem('NOT_FOUND', message, { field: 'rule' });
}

/** INVALID_INPUT for an index that none of `count` rules has, nor the place after them. */
function checkIndex(index: number, count: number, field: string): void {
  if (Number.isInteger(index) && index >= 0 && index <= count) return;
  throw new Problem('INVALID_INPUT', `There is no index ${index}: give 0 to ${count}.`, { field });
}

/** With `rule` at index `at`; by default after the last rule that no rollout owns. INVALID_INPUT. */
export function withRule<R extends AnyRule>(rules: readonly R[], rule: R, at = endOf(rules)): R[] {
  checkIndex(at, rules.length, 'at');
  return rules.toSpliced(at, 0, rule);
}

/** With `rule` in the place of the one with its id. NOT_FOUND. */
export function withReplacedRule<R extends AnyRule>(rules: readonly R[], rule: R): R[] {
  return rules.with(indexOfRule(rules, rule.id), rule);
}

/** Without the rule. NOT_FOUND. */
export function withoutRule<R extends AnyRule>(rules: readonly R[], id: string): R[] {
  return rules.toSpliced(indexOfRule(rules, id), 1);
}

/** With the rule at index `to` of the result. NOT_FOUND, INVALID_INPUT. */
export function withMovedRule<R extends AnyRule>(rules: readonly R[], id: string, to: number): R[] {
  const from = indexOfRule(rules, id);
  checkIndex(to, rules.length - 1, 'to');
  const [rule] = rules.slice(from, from + 1);
  return rule === undefined ? [...rules] : rules.toSpliced(from, 1).toSpliced(to, 0, rule);
}
