import type { Flag, Route, Segment, Snapshot, SnapshotDelta } from '@tidegate/sdk/engine';
import type { Change, DocumentChange } from './change.js';
import type { Documents } from './documents.js';
import type { Guard } from './guard.js';
import type { Image } from './image.js';
import { EXPOSURES } from './series.js';

/** Kinds that reach SDKs; the others stay on the server. */
const SHIPPED = ['flag', 'segment', 'route'] as const;
type Shipped = (typeof SHIPPED)[number];

/** All that an SDK needs of an environment, at the image's revision. Documents by key in code-unit order. */
export function toSnapshot(image: Image): Snapshot {
  const { documents } = image;
  return {
    environment: image.scope,
    epoch: image.epoch,
    revision: image.revision,
    flags: documents.list('flag').map(({ value }) => value),
    segments: documents.list('segment').map(({ value }) => value),
    routes: documents.list('route').map(({ value }) => value),
    events: countedEvents(documents),
  };
}

/** What `change` does to the snapshot of the revision before it. `image` is the environment after the change. */
export function toDelta(change: Change, image: Image): SnapshotDelta {
  const written = (kind: Shipped): unknown[] =>
    change.documents.filter((d) => d.kind === kind && d.after !== null).map(({ after }) => after);
  return {
    epoch: image.epoch,
    from: change.revision - 1,
    revision: change.revision,
    flags: written('flag') as Flag[],
    segments: written('segment') as Segment[],
    routes: written('route') as Route[],
    deleted: change.documents.filter(isShippedDeletion).map(({ kind, key }) => ({ kind, key })),
    events: countedEvents(image.documents),
  };
}

function isShippedDeletion(document: DocumentChange): document is DocumentChange & { kind: Shipped } {
  return document.after === null && (SHIPPED as readonly string[]).includes(document.kind);
}

/**
 * Event name → flags it is credited to, from the events guards in use: those that a rollout names and those that stand
 * alone with a target. Exposures are counted for every flag and need no entry.
 */
function countedEvents(documents: Documents): Snapshot['events'] {
  const named = new Set(documents.list('rollout').flatMap(({ value }) => value.guards));
  const flagsOf = new Map<string, Set<string>>();
  for (const { value: guard } of documents.list('guard')) {
    if (guard.target === null && !named.has(guard.key)) continue;
    for (const event of eventsOf(guard)) {
      flagsOf.set(event, (flagsOf.get(event) ?? new Set()).add(guard.events?.flag ?? ''));
    }
  }
  return Object.fromEntries(
    [...flagsOf].sort(([a], [b]) => (a < b ? -1 : 1)).map(([event, flags]) => [event, [...flags].sort()]),
  );
}

function eventsOf(guard: Guard): string[] {
  if (guard.source !== 'events' || guard.events === null) return [];
  return [guard.events.bad, guard.events.total].filter((event) => event !== EXPOSURES);
}
