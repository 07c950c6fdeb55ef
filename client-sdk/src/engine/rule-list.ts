import { everybody } from './compiled-condition.js';
import type { CompiledRule } from './compiled-rule.js';
import type { Decide } from './decision.js';
import { decideByIndex } from './rule-index.js';

/** Decides for the outcome of the first rule that matches, else `fallback`. */
export function decideByRules<T>(rules: readonly CompiledRule<T>[], fallback: T): Decide<T> {
  const [first] = rules;
  if (first === undefined) return () => fallback;
  if (rules.length === 1) return decideByOne(first, fallback);
  const plain = decideByList(rules, fallback);
  return decideByIndex(rules, fallback, plain) ?? plain;
}

/** Asks the rules in their order. */
export function decideByList<T>(rules: readonly CompiledRule<T>[], fallback: T): Decide<T> {
  return (context) => {
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index] as CompiledRule<T>;
      if (rule.matches(context)) return rule.serve(context);
    }
    return fallback;
  };
}

function decideByOne<T>({ condition, split, single }: CompiledRule<T>, fallback: T): Decide<T> {
  const { test } = condition;
  if (split === null) return (context) => (test(context) ? single : fallback);
  if (test === everybody) return (context) => split.resolve(context);
  return (context) => (test(context) ? split.resolve(context) : fallback);
}
