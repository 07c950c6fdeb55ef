import type { Json } from './json.js';

/**
 * What is known of the subject of one evaluation (OpenFeature's evaluation context).
 *
 * `targetingKey` is the stable subject id that splits hash. `verified` holds attributes that somebody entitled to
 * it has checked; every edge that takes contexts from outside drops it unless it came with a server token or from a
 * user's JWT that was verified there. `request.headers` (lower-case names), `request.cookies`, `request.query` (the first
 * value of each parameter), `request.path` (without the query), `request.host` (without the port) and `request.method` are matched by route rules. Every other key is an attribute of the application's choosing.
 */
export interface EvaluationContext {
  readonly targetingKey?: string;
  readonly verified?: { readonly [attribute: string]: Json };
  readonly [attribute: string]: unknown;
}

/** Path to an attribute, one name per level: `['verified', 'groups']`. Dotted only on screen. */
export type AttributePath = readonly string[];
