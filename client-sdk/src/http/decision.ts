import type { EvaluationContext } from '../engine/index.js';
import { CARRIED_SEGMENTS } from '../engine/index.js';

/** What was decided about the subject of a request, once, before it came here. */
export interface Decision {
  /** The key that splits hash; null where nobody knows it. */
  readonly targetingKey: string | null;
  /** Route → bucket, 0 to 9,999. */
  readonly buckets: ReadonlyMap<string, number>;
  /** Segments that the subject belongs to. */
  readonly segments: readonly string[];
}

/** Of a request that nobody has decided about, or whose decision isn't trusted. */
export const NO_DECISION: Decision = { targetingKey: null, buckets: new Map(), segments: [] };

/**
 * The evaluation context of a decision: the targeting key, and the segments in a place that only `verified` has, where the
 * engine takes them for membership.
 */
export function contextOf({ targetingKey, segments }: Decision): EvaluationContext {
  return {
    ...(targetingKey === null ? {} : { targetingKey }),
    ...(segments.length === 0 ? {} : { verified: { [CARRIED_SEGMENTS]: segments } }),
  };
}
