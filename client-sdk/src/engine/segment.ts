import type { Condition } from './condition.js';

/**
 * A named, reusable audience. A subject is a member when its key is included, or, not being excluded, when any of the
 * rules matches. Conditions on `verified` attributes make it an audience that a client can't talk itself into.
 */
export interface Segment {
  readonly key: string;
  readonly description: string;
  readonly rules: readonly Condition[];
  /** Targeting keys, at most 10,000. */
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}
