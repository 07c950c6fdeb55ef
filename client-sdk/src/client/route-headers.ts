import type { Condition, Engine, EvaluationContext, Snapshot } from '../engine/index.js';

/** The two headers by which routes inside the mesh recognise a subject. Both always, so that they replace what came in. */
export type RouteHeaders = {
  /** `route=0421,…`: the bucket of each route, four digits. */
  readonly 'x-tg-b': string;
  /** `segment,…`: of those that any route asks for, the segments it belongs to. */
  readonly 'x-tg-s': string;
};

/** The headers of one context. */
export function writeRouteHeaders(
  engine: Engine,
  segments: readonly string[],
  context: EvaluationContext,
): RouteHeaders {
  const buckets: string[] = [];
  for (const { key } of engine.snapshot.routes) {
    const bucket = engine.bucketOfRoute(key, context);
    if (bucket !== null) buckets.push(`${key}=${String(bucket).padStart(4, '0')}`);
  }
  const joined = segments.filter((segment) => engine.isMember(segment, context));
  return { 'x-tg-b': buckets.join(','), 'x-tg-s': joined.join(',') };
}

/** The segments that rules of routes name, in code-unit order. */
export function segmentsOfRoutes({ routes }: Snapshot): readonly string[] {
  const found = new Set<string>();
  for (const { rules } of routes) for (const { condition } of rules) collect(condition, found);
  return [...found].sort();
}

function collect(condition: Condition, found: Set<string>): void {
  if ('all' in condition) for (const part of condition.all) collect(part, found);
  else if ('any' in condition) for (const part of condition.any) collect(part, found);
  else if ('not' in condition) collect(condition.not, found);
  else if (condition.operator === 'inSegment') found.add(condition.value);
}
