import type { EvaluationContext, Json } from '../engine/index.js';
import type { Answers } from './answers.js';
import type { Details } from './details.js';
import type { FlagWatchers, ValueChange } from './flag-watchers.js';
import { mergeContexts } from './merge-contexts.js';
import type { RouteHeaders } from './route-headers.js';

/**
 * A client for one context, made by `forContext`: shares the snapshot, the stream and the counts of the client it comes
 * from, and lives as long. The context is copied when bound; its attributes are those of that moment. Cheap enough for
 * one per request; its getters allocate nothing.
 */
export class BoundClient {
  readonly #answers: Answers;
  readonly #watchers: FlagWatchers;
  readonly #context: EvaluationContext;

  /** `context` is whole and belongs to the bound client. */
  constructor(answers: Answers, watchers: FlagWatchers, context: EvaluationContext) {
    this.#answers = answers;
    this.#watchers = watchers;
    this.#context = Object.freeze(context);
  }

  boolean(key: string, fallback: boolean): boolean {
    return this.#answers.value(key, this.#context, 'boolean', fallback);
  }

  string(key: string, fallback: string): string {
    return this.#answers.value(key, this.#context, 'string', fallback);
  }

  integer(key: string, fallback: number): number {
    return this.#answers.value(key, this.#context, 'integer', fallback);
  }

  number(key: string, fallback: number): number {
    return this.#answers.value(key, this.#context, 'number', fallback);
  }

  object<T extends Json>(key: string, fallback: T): T {
    return this.#answers.value(key, this.#context, 'object', fallback);
  }

  details(key: string, fallback: boolean): Details<boolean>;
  details(key: string, fallback: string): Details<string>;
  details(key: string, fallback: number): Details<number>;
  details<T extends Json>(key: string, fallback: T): Details<T>;
  details(key: string, fallback: Json): Details {
    return this.#answers.details(key, this.#context, fallback);
  }

  track(event: string, value = 1): void {
    this.#answers.track(event, this.#context, value);
  }

  routeHeaders(): RouteHeaders {
    return this.#answers.routeHeaders(this.#context);
  }

  /** Tells when the flag's answer for this context changes, through whatever it goes by. Returns how to stop. */
  onFlagChange(key: string, listener: (change: ValueChange) => void): () => void {
    return this.#watchers.watchValue(key, this.#context, listener);
  }

  /** A client for this context and `context` over it. */
  forContext(context: EvaluationContext): BoundClient {
    return new BoundClient(this.#answers, this.#watchers, mergeContexts(this.#context, context));
  }
}
