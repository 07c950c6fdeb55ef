import type { Documents } from './documents.js';
import type { UserError } from './problem.js';
import { type Reference, referencesOf } from './references.js';

type Chained = 'flag' | 'segment';

/** References of a kind to its own kind: prerequisites of flags, segments in segments. */
function linksOf(documents: Documents, kind: Chained, key: string): Reference[] {
  const document = documents.get(kind, key);
  return document === undefined ? [] : referencesOf(document).filter((reference) => reference.kind === kind);
}

/** The keys on the way from `from` to `to`, both included, or null where there is none. */
function wayBetween(documents: Documents, kind: Chained, from: string, to: string): string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const pending = [from];
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (key === to) return unwind(cameFrom, to);
    for (const link of linksOf(documents, kind, key)) {
      if (cameFrom.has(link.key)) continue;
      cameFrom.set(link.key, key);
      pending.push(link.key);
    }
  }
  return null;
}

function unwind(cameFrom: ReadonlyMap<string, string | null>, to: string): string[] {
  const way: string[] = [];
  for (let key: string | null = to; key !== null; key = cameFrom.get(key) ?? null) way.unshift(key);
  return way;
}

/** Where a flag's prerequisites or a segment's segments lead back to it: CYCLE, with the way in words. */
export function cycleErrors(documents: Documents, kind: Chained, key: string): UserError[] {
  for (const link of linksOf(documents, kind, key)) {
    const way = wayBetween(documents, kind, link.key, key);
    if (way === null) continue;
    const words = [key, ...way].map((name) => `"${name}"`).join(' → ');
    const what = kind === 'flag' ? 'Prerequisites' : 'Segments';
    const message = `${what} lead back to themselves: ${words}. Take one of these links out.`;
    return [{ field: link.field, message, code: 'CYCLE' }];
  }
  return [];
}
