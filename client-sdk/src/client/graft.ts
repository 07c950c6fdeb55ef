import type { Snapshot } from '../engine/index.js';
import { sameJson } from './same-json.js';

/**
 * `next`, with every document that is equal to the one of the same key in `previous` replaced by that very object: what
 * was compiled of it stays, and what changed can be told by identity.
 */
export function graft(next: Snapshot, previous: Snapshot | undefined): Snapshot {
  if (previous === undefined) return next;
  return {
    ...next,
    flags: keep(next.flags, previous.flags),
    segments: keep(next.segments, previous.segments),
    routes: keep(next.routes, previous.routes),
  };
}

/** Keys of the documents that are not the same objects in both, in no particular order. */
export function changedKeys<T extends { readonly key: string }>(
  before: readonly T[],
  after: readonly T[],
): string[] {
  if (before === after) return [];
  const left = new Map(before.map((document) => [document.key, document]));
  const changed: string[] = [];
  for (const document of after) {
    if (left.get(document.key) !== document) changed.push(document.key);
    left.delete(document.key);
  }
  return [...changed, ...left.keys()];
}

function keep<T extends { readonly key: string }>(next: readonly T[], previous: readonly T[]): readonly T[] {
  const known = new Map(previous.map((document) => [document.key, document]));
  return next.map((document) => {
    const before = known.get(document.key);
    return before !== undefined && isSame(before, document) ? before : document;
  });
}

function isSame(a: object, b: object): boolean {
  try {
    return sameJson(a, b);
  } catch {
    return false;
  }
}
