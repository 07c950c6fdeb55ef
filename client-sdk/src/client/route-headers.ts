import type { Engine, EvaluationContext, Snapshot } from '../engine/index.js';
import { listed, segmentsIn } from './documents-behind.js';
import { PrivateAttributes } from './private-attributes.js';

/** The two headers by which routes inside the mesh recognise a subject. Both always, so that they replace what came in. */
export type RouteHeaders = {
  /** `route=0421,…`: the bucket of each route, four digits. */
  readonly 'x-tg-b': string;
  /** `segment,…`: of those that any route asks for, the segments it belongs to. */
  readonly 'x-tg-s': string;
};

/** Keys of what headers tell of, and of what they don't because it would tell of private attributes. */
export interface RouteParts {
  readonly routes: readonly string[];
  readonly segments: readonly string[];
  /** `route/<key>` and `segment/<key>`. */
  readonly withheld: readonly string[];
}

export const NO_PARTS: RouteParts = { routes: [], segments: [], withheld: [] };

/** The headers of one context. */
export function writeRouteHeaders(
  engine: Engine,
  { routes, segments }: RouteParts,
  context: EvaluationContext,
): RouteHeaders {
  const buckets: string[] = [];
  for (const key of routes) {
    const bucket = engine.bucketOfRoute(key, context);
    if (bucket !== null) buckets.push(`${key}=${String(bucket).padStart(4, '0')}`);
  }
  const joined = segments.filter((segment) => engine.isMember(segment, context));
  return { 'x-tg-b': buckets.join(','), 'x-tg-s': joined.join(',') };
}

/**
 * What the headers of a snapshot tell of: every route, in the snapshot's order, and the segments that rules of routes
 * name, in code-unit order. A bucket of a private attribute, and a segment that goes by one, are withheld.
 */
export function routePartsOf({ routes, segments }: Snapshot, hidden = new PrivateAttributes([])): RouteParts {
  const telling = hidden.segmentsThatTell(segments);
  const named = new Set<string>();
  for (const { rules } of routes) {
    for (const { condition } of listed(rules)) for (const key of segmentsIn(condition)) named.add(key);
  }
  const isOpen = ({ bucketBy }: Snapshot['routes'][number]): boolean => !hidden.covers(bucketBy);
  const sorted = [...named].sort();
  return {
    routes: routes.filter(isOpen).map(({ key }) => key),
    segments: sorted.filter((key) => !telling.has(key)),
    withheld: [
      ...routes.filter((route) => !isOpen(route)).map(({ key }) => `route/${key}`),
      ...sorted.filter((key) => telling.has(key)).map((key) => `segment/${key}`),
    ],
  };
}
