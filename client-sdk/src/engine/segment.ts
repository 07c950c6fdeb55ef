import type { Condition } from './condition.js';
import type { KeyListChange } from './key-list.js';

/**
 * A named, reusable audience. A subject is a member when its key is included, or, not being excluded, when any of the
 * rules matches. Conditions on `verified` attributes make it an audience that a client can't talk itself into.
 */
export interface Segment {
  readonly key: string;
  readonly description: string;
  readonly rules: readonly Condition[];
  /** Targeting keys in code-unit order; at most 100,000 in both lists together. */
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

/** A segment without its lists of keys. */
export type SegmentHead = Omit<Segment, 'included' | 'excluded'>;

/** What becomes of a segment's lists of keys. */
export interface SegmentKeyChange {
  readonly included: KeyListChange;
  readonly excluded: KeyListChange;
}

/** A segment that stood before: its head as it is now, and what became of its lists. */
export type SegmentChange = SegmentHead & SegmentKeyChange;
