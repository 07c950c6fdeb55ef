import type { Flag, Route, SegmentHead, Snapshot, SnapshotDelta } from '@tidegate/sdk/engine';
import type { Change, DocumentChange } from './change.js';
import type { AnyDocument, Documents, Kind } from './documents.js';
import type { StoredFlag } from './flag.js';
import type { Guard } from './guard.js';
import type { Image } from './image.js';
import { EXPOSURES } from './series.js';

/** Kinds that reach SDKs; the others, and archived flags, stay on the server. */
const SHIPPED = ['flag', 'segment', 'route'] as const;
type Shipped = (typeof SHIPPED)[number];

/** All that an SDK needs of an environment, at the image's revision. Documents by key in code-unit order. */
export function toSnapshot(image: Image): Snapshot {
  const { documents } = image;
  return {
    environment: image.scope,
    epoch: image.epoch,
    revision: image.revision,
    flags: documents.list('flag').flatMap(({ value }) => (isServed('flag', value) ? [value] : [])),
    segments: documents.list('segment').map(({ value }) => value),
    routes: documents.list('route').map(({ value }) => value),
    events: countedEvents(documents),
  };
}

/** What `change` does to the snapshot of the revision before it. `image` is the environment after the change. */
export function toDelta(change: Change, image: Image): SnapshotDelta {
  const written = (kind: Shipped): unknown[] =>
    change.documents.filter((d) => d.kind === kind && isServed(kind, d.after)).map(({ after }) => after);
  return {
    epoch: image.epoch,
    from: change.revision - 1,
    revision: change.revision,
    flags: written('flag') as Flag[],
    segments: madeSegments(change, image.documents),
    segmentChanges: segmentChanges(change),
    routes: written('route') as Route[],
    deleted: change.documents.filter(isShippedDeletion).map(({ kind, key }) => ({ kind, key })),
    events: countedEvents(image.documents),
  };
}

function madeSegments({ documents }: Change, after: Documents): SnapshotDelta['segments'] {
  return documents.flatMap(({ kind, key, before, keys }) => {
    // An entry of the first layout does not tell what became of the lists.
    const made =
      kind === 'segment' && (before === null || keys === undefined) ? after.value(kind, key) : undefined;
    return made === undefined ? [] : [made];
  });
}

function segmentChanges({ documents }: Change): SnapshotDelta['segmentChanges'] {
  return documents.flatMap(({ kind, before, after, keys }) =>
    kind === 'segment' && before !== null && after !== null && keys !== undefined
      ? [{ ...(after as SegmentHead), ...keys }]
      : [],
  );
}

function isShippedDeletion(document: DocumentChange): document is DocumentChange & { kind: Shipped } {
  const { kind, after } = document;
  return !isServed(kind, after) && (SHIPPED as readonly string[]).includes(kind);
}

/** Whether SDKs get the document: it is there, and no archived flag. */
function isServed(kind: Kind, value: AnyDocument | null): boolean {
  return value !== null && !(kind === 'flag' && (value as StoredFlag).archived === true);
}

/**
 * Event name → flags it is credited to, from the events guards in use: those that a rollout names and those that stand
 * alone with a target; archived flags are credited with nothing. Exposures are counted for every flag and need no entry.
 */
function countedEvents(documents: Documents): Snapshot['events'] {
  const named = new Set(documents.list('rollout').flatMap(({ value }) => value.guards));
  const flagsOf = new Map<string, Set<string>>();
  for (const { value: guard } of documents.list('guard')) {
    if (guard.target === null && !named.has(guard.key)) continue;
    for (const { event, flag } of eventsOf(documents, guard)) {
      flagsOf.set(event, (flagsOf.get(event) ?? new Set()).add(flag));
    }
  }
  return Object.fromEntries(
    [...flagsOf].sort(([a], [b]) => (a < b ? -1 : 1)).map(([event, flags]) => [event, [...flags].sort()]),
  );
}

function eventsOf(documents: Documents, { source, events }: Guard): { event: string; flag: string }[] {
  if (source !== 'events' || events === null) return [];
  const { bad, total, flag } = events;
  if (documents.value('flag', flag)?.archived === true) return [];
  return [bad, total].filter((event) => event !== EXPOSURES).map((event) => ({ event, flag }));
}
