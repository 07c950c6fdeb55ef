import type { EvaluationContext } from './context.js';

/** What a context gets. */
export type Decide<T> = (context: EvaluationContext) => T;

/** One outcome or another, as a test goes. */
interface Choice<T> {
  readonly test: (context: EvaluationContext) => boolean;
  readonly yes: T;
  readonly no: T;
}

/**
 * How to answer: with the one outcome that every context gets, or with one of two as a test goes, or else by deciding.
 * The two common cases stand apart because each call of a function that isn't known beforehand takes its time.
 */
export class Decision<T> {
  private readonly only: T | null;
  private readonly test: Choice<T>['test'] | null;
  private readonly yes: T | null;
  private readonly no: T | null;
  private readonly decide: Decide<T> | null;

  private constructor(only: T | null, choice: Choice<T> | null, decide: Decide<T> | null) {
    this.only = only;
    this.test = choice?.test ?? null;
    this.yes = choice?.yes ?? null;
    this.no = choice?.no ?? null;
    this.decide = decide;
  }

  /** The same for every context. */
  static constant<T>(outcome: T): Decision<T> {
    return new Decision<T>(outcome, null, null);
  }

  static between<T>(choice: Choice<T>): Decision<T> {
    return new Decision<T>(null, choice, null);
  }

  static by<T>(decide: Decide<T>): Decision<T> {
    return new Decision<T>(null, null, decide);
  }

  of(context: EvaluationContext): T {
    if (this.only !== null) return this.only;
    if (this.test !== null) return (this.test(context) ? this.yes : this.no) as T;
    return (this.decide as Decide<T>)(context);
  }
}
