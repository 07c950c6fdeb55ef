import type { Condition } from '@tidegate/sdk/engine';
import type { Documents, Stored } from '../documents.js';

function segmentsIn(condition: Condition): readonly string[] {
  if ('all' in condition) return condition.all.flatMap(segmentsIn);
  if ('any' in condition) return condition.any.flatMap(segmentsIn);
  if ('not' in condition) return segmentsIn(condition.not);
  return condition.operator === 'inSegment' ? [condition.value] : [];
}

function collect(conditions: readonly Condition[], documents: Documents, found: Map<string, number>): void {
  for (const key of conditions.flatMap(segmentsIn)) {
    const segment = documents.get('segment', key);
    if (segment === undefined || found.has(key)) continue;
    found.set(key, segment.revision);
    collect(segment.value.rules, documents, found);
  }
}

/**
 * `<epoch>.<n>`, where n is the highest revision among the documents that make a route's table: the route, the segments
 * that its rules name, directly or through one another, and the environment's settings.
 */
export function tableRevision(epoch: string, route: Stored<'route'>, documents: Documents): string {
  const segments = new Map<string, number>();
  collect(
    route.value.rules.map((rule) => rule.condition),
    documents,
    segments,
  );
  const settings = documents.get('settings', 'environment')?.revision ?? 0;
  return `${epoch}.${Math.max(route.revision, settings, ...segments.values())}`;
}
