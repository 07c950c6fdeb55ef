import type { CompiledCondition, Test } from './compiled-condition.js';
import { CompiledSplit } from './compiled-split.js';
import type { EvaluationContext } from './context.js';
import type { Decide } from './decision.js';

/** A rule of a flag or a route, with what it serves to those who match. */
export class CompiledRule<T> {
  readonly split: CompiledSplit<T> | null;
  private readonly test: Test;
  private readonly single: T;

  constructor(
    readonly id: string,
    readonly condition: CompiledCondition,
    serve: T | CompiledSplit<T>,
  ) {
    this.test = condition.test;
    this.split = serve instanceof CompiledSplit ? serve : null;
    this.single = serve instanceof CompiledSplit ? serve.otherwise : serve;
  }

  matches(context: EvaluationContext): boolean {
    return this.test(context);
  }

  /** The outcome for a context that matches. */
  serve(context: EvaluationContext): T {
    return this.split === null ? this.single : this.split.resolve(context);
  }
}

/** Decides for the outcome of the first rule that matches, else `fallback`. */
export function decideByRules<T>(rules: readonly CompiledRule<T>[], fallback: T): Decide<T> {
  return (context) => {
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index] as CompiledRule<T>;
      if (rule.matches(context)) return rule.serve(context);
    }
    return fallback;
  };
}
