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

/**
 * The snapshot after a delta; the one given stays as it is, and unchanged documents stay the same objects. Deletions
 * come first, so a document that was deleted and made again is there; changed documents keep their place, new ones
 * stand last. `events` is replaced whole.
 *
 * Throws RangeError when the delta is of another epoch, or doesn't start at the snapshot's revision: the caller needs a
 * fresh snapshot.
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
  return {
    environment: snapshot.environment,
    epoch: snapshot.epoch,
    revision: delta.revision,
    flags: merge(snapshot.flags, delta.flags, deleted('flag')),
    segments: merge(snapshot.segments, delta.segments, deleted('segment')),
    routes: merge(snapshot.routes, delta.routes, deleted('route')),
    events: delta.events,
  };
}
