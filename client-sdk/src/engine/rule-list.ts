import { everybody } from './compiled-condition.js';
import type { CompiledRule } from './compiled-rule.js';
import { Decision } from './decision.js';
import type { Decide } from './decision.js';
import { decideByIndex } from './rule-index.js';

/** Decides for the outcome of the first rule that matches, else `fallback`. */
export function decideByRules<T>(rules: readonly CompiledRule<T>[], fallback: T): Decision<T> {
  const [first] = rules;
  if (first === undefined) return Decision.constant(fallback);
  if (rules.length === 1) return decideByOne(first, fallback);
  const plain = decideByList(rules, fallback);
  return Decision.by(decideByIndex(rules, fallback, plain) ?? plain);
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

function decideByOne<T>({ condition, split, single }: CompiledRule<T>, fallback: T): Decision<T> {
  const { test } = condition;
  if (split === null) return Decision.between({ test, yes: single, no: fallback });
  const { resolve } = split;
  return Decision.by(
    test === everybody ? resolve : (context) => (test(context) ? resolve(context) : fallback),
  );
}
