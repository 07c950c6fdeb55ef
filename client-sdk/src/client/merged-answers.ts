import type { EvaluationContext, Json } from '../engine/index.js';
import type { Answers } from './answers.js';
import type { Details, ValueKind } from './details.js';
import { mergeContexts } from './merge-contexts.js';
import type { RouteHeaders } from './route-headers.js';

/** Answers for contexts that a default context lies below. Costs one object a call; a bound client has it once. */
export class MergedAnswers implements Answers {
  readonly #inner: Answers;
  readonly #defaults: EvaluationContext;

  constructor(inner: Answers, defaults: EvaluationContext) {
    this.#inner = inner;
    this.#defaults = defaults;
  }

  value<T>(key: string, context: EvaluationContext, kind: ValueKind, fallback: T): T {
    return this.#inner.value(key, mergeContexts(this.#defaults, context), kind, fallback);
  }

  details(key: string, context: EvaluationContext, fallback: Json): Details {
    return this.#inner.details(key, mergeContexts(this.#defaults, context), fallback);
  }

  track(event: string, context: EvaluationContext, value: number): void {
    this.#inner.track(event, mergeContexts(this.#defaults, context), value);
  }

  routeHeaders(context: EvaluationContext): RouteHeaders {
    return this.#inner.routeHeaders(mergeContexts(this.#defaults, context));
  }
}
