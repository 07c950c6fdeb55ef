import type { Documents, Stored } from '../documents.js';
import { referencesOf } from '../references.js';

function collectSegments(by: Stored, documents: Documents, found: Map<string, number>): void {
  for (const { kind, key } of referencesOf(by)) {
    const segment = kind === 'segment' ? documents.get('segment', key) : undefined;
    if (segment === undefined || found.has(key)) continue;
    found.set(key, segment.revision);
    collectSegments(segment, documents, found);
  }
}

/**
 * `<epoch>.<n>`, where n is the highest revision among the documents that make a route's table: the route, the segments
 * that its rules name, directly or through one another, and the environment's settings.
 */
export function tableRevision(epoch: string, route: Stored<'route'>, documents: Documents): string {
  const segments = new Map<string, number>();
  collectSegments(route, documents, segments);
  const settings = documents.get('settings', 'environment')?.revision ?? 0;
  return `${epoch}.${Math.max(route.revision, settings, ...segments.values())}`;
}
