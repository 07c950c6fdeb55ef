import { withKeyChange } from './key-list.js';
import { KeyListings } from './key-listings.js';
import type { Segment, SegmentChange } from './segment.js';
import type { Snapshot, SnapshotDelta } from './snapshot.js';

function merge<T extends { readonly key: string }>(
  documents: readonly T[],
  changed: readonly T[],
  deleted: ReadonlySet<string>,
): readonly T[] {
  if (changed.length + deleted.size === 0) return documents;
  const byKey = new Map(documents.map((document) => [document.key, document]));
  for (const key of deleted) byKey.delete(key);
  for (const document of changed) byKey.set(document.key, document);
  return [...byKey.values()];
}

/** The segment after a change of it. RangeError where it isn't there. */
function changedSegment(segments: readonly Segment[], change: SegmentChange): Segment {
  const { included, excluded, ...head } = change;
  const before = segments.find(({ key }) => key === head.key);
  if (before === undefined) throw new RangeError(`delta changes segment ${head.key}, which is not there`);
  const after = {
    ...head,
    included: withKeyChange(before.included, included),
    excluded: withKeyChange(before.excluded, excluded),
  };
  KeyListings.follow(before, change, after);
  return after;
}

/**
 * The snapshot after a delta; the one given stays as it is, and unchanged documents stay the same objects. Deletions
 * come first, so a document that was deleted and made again is there; changed documents keep their place, new ones
 * stand last. `events` is replaced whole.
 *
 * Throws RangeError when the delta is of another epoch, doesn't start at the snapshot's revision, or changes a segment
 * that isn't there: the caller needs a fresh snapshot.
 */
export function applyDelta(snapshot: Snapshot, delta: SnapshotDelta): Snapshot {
  if (delta.epoch !== snapshot.epoch) {
    throw new RangeError(`delta of epoch ${delta.epoch} does not fit a snapshot of epoch ${snapshot.epoch}`);
  }
  if (delta.from !== snapshot.revision) {
    throw new RangeError(
      `delta from revision ${delta.from} does not fit a snapshot of revision ${snapshot.revision}`,
    );
  }
  const deleted = (kind: 'flag' | 'segment' | 'route') =>
    new Set(delta.deleted.filter((item) => item.kind === kind).map((item) => item.key));
  const changed = delta.segmentChanges.map((change) => changedSegment(snapshot.segments, change));
  return {
    environment: snapshot.environment,
    epoch: snapshot.epoch,
    revision: delta.revision,
    flags: merge(snapshot.flags, delta.flags, deleted('flag')),
    segments: merge(snapshot.segments, [...delta.segments, ...changed], deleted('segment')),
    routes: merge(snapshot.routes, delta.routes, deleted('route')),
    events: delta.events,
  };
}
