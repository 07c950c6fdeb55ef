import type { Snapshot, SnapshotDelta } from '../engine/index.js';

/** Checks what came as far as the client relies on it. Throws TypeError. */
export function asSnapshot(value: unknown): Snapshot {
  if (!isSound(value)) throw new TypeError('what came is no snapshot');
  return value as unknown as Snapshot;
}

/** As `asSnapshot`, for a delta. */
export function asDelta(value: unknown): SnapshotDelta {
  if (!isSound(value) || !isListOfDocuments(value['deleted']) || !isStep(value['from'], value['revision'])) {
    throw new TypeError('what came is no delta');
  }
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

/** A delta leads forward. */
function isStep(from: unknown, revision: unknown): boolean {
  return typeof from === 'number' && typeof revision === 'number' && from < revision;
}

function isListOfDocuments(value: unknown): boolean {
  return Array.isArray(value) && value.every((document) => typeof document?.key === 'string');
}

function isListOfKeys(value: unknown): boolean {
  return Array.isArray(value) && value.every((key) => typeof key === 'string');
}
