import type { EvaluationContext, Json } from '../engine/index.js';
import type { Details, ValueKind } from './details.js';
import type { RouteHeaders } from './route-headers.js';

/** What a client says of a context. Nothing here throws, does I/O or changes the context. */
export interface Answers {
  /** The flag's value where it is of `kind`, else `fallback`. */
  value<T>(key: string, context: EvaluationContext, kind: ValueKind, fallback: T): T;
  /** As `value` of the kind that `fallback` is of, and why. */
  details(key: string, context: EvaluationContext, fallback: Json): Details;
  track(event: string, context: EvaluationContext, value: number): void;
  routeHeaders(context: EvaluationContext): RouteHeaders;
}
