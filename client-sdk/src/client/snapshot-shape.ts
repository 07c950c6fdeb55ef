import type { Snapshot, SnapshotDelta } from '../engine/index.js';

/** Checks what came as far as the client relies on it. Throws TypeError. */
export function asSnapshot(value: unknown): Snapshot {
  if (!isSound(value)) throw new TypeError('what came is no snapshot');
  return value as unknown as Snapshot;
}

/** As `asSnapshot`, for a delta. */
export function asDelta(value: unknown): SnapshotDelta {
  if (!isSound(value) || !isSoundDelta(value)) throw new TypeError('what came is no delta');
  return value as unknown as SnapshotDelta;
}

function isSound(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { epoch, revision, flags, segments, routes, events } = value as Record<string, unknown>;
  return (
    typeof epoch === 'string' &&
    typeof revision === 'number' &&
    [flags, segments, routes].every(isListOfDocuments) &&
    typeof events === 'object' &&
    events !== null &&
    Object.values(events).every(isListOfKeys)
  );
}

function isSoundDelta({ from, revision, deleted, segmentChanges }: Record<string, unknown>): boolean {
  return isStep(from, revision) && isListOfDocuments(deleted) && isListOfSegmentChanges(segmentChanges);
}

/** A delta leads forward. */
function isStep(from: unknown, revision: unknown): boolean {
  return typeof from === 'number' && typeof revision === 'number' && from < revision;
}

function isListOfDocuments(value: unknown): boolean {
  return Array.isArray(value) && value.every((document) => typeof document?.key === 'string');
}

function isListOfSegmentChanges(value: unknown): boolean {
  return (
    isListOfDocuments(value) &&
    (value as SnapshotDelta['segmentChanges']).every(
      ({ included, excluded }) => isKeyListChange(included) && isKeyListChange(excluded),
    )
  );
}

function isKeyListChange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { added, removed } = value as Record<string, unknown>;
  return isListOfKeys(added) && isListOfKeys(removed);
}

function isListOfKeys(value: unknown): boolean {
  return Array.isArray(value) && value.every((key) => typeof key === 'string');
}
