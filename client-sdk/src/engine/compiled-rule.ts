import type { CompiledCondition, Test } from './compiled-condition.js';
import { CompiledSplit } from './compiled-split.js';
import type { EvaluationContext } from './context.js';

/** A rule of a flag or a route, with what it serves to those who match. */
export class CompiledRule<T> {
  readonly split: CompiledSplit<T> | null;
  private readonly test: Test;
  /** What is served without a split, or without a key for it. */
  readonly single: T;

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
