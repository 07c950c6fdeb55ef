import type { EvaluationContext } from './context.js';

/** What a context gets. */
export type Decide<T> = (context: EvaluationContext) => T;

/** How to answer: with the one outcome that every context gets, or else by deciding. */
export class Decision<T> {
  constructor(
    readonly only: T | null,
    readonly decide: Decide<T>,
  ) {}
}

/** The same for every context. */
export function constant<T>(outcome: T): Decision<T> {
  return new Decision(outcome, () => outcome);
}
