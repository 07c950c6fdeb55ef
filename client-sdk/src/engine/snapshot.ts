import type { Flag } from './flag.js';
import type { Route } from './route.js';
import type { Segment, SegmentChange } from './segment.js';

/**
 * Everything one environment needs to evaluate, at one revision. `events` names, for each event that some guard counts,
 * the flags whose evaluation it must be credited to; `track` of any other event does nothing.
 */
export interface Snapshot {
  readonly environment: string;
  /** Random id of the store's history: revisions compare only within one epoch. */
  readonly epoch: string;
  readonly revision: number;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
  readonly routes: readonly Route[];
  readonly events: { readonly [event: string]: readonly string[] };
}

/** What changed after `from`, to be applied to the snapshot of exactly that revision of the same epoch. */
export interface SnapshotDelta {
  readonly epoch: string;
  readonly from: number;
  readonly revision: number;
  readonly flags: readonly Flag[];
  /** Segments that are new, or were deleted and made again. */
  readonly segments: readonly Segment[];
  /** Segments that stood before; of their keys only what was added and removed. */
  readonly segmentChanges: readonly SegmentChange[];
  readonly routes: readonly Route[];
  readonly deleted: readonly { readonly kind: 'flag' | 'segment' | 'route'; readonly key: string }[];
  readonly events: { readonly [event: string]: readonly string[] };
}
