import type { RouteArm, RouteSplit } from '@tidegate/sdk/engine';
import { ROUTE_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import { BUCKET_HEADER } from '../route-table.js';
import type { Destination, HeaderMatch, RequestMatch, RouteTableEntry } from '../route-table.js';
import { rangeRegex } from './range-regex.js';
import { anyOf, withHeader } from './request-match.js';

/** All weight on one version. */
export function wholly(version: string): readonly Destination[] {
  return [{ version, weight: ROUTE_WEIGHT_TOTAL }];
}

/** `x-tg-b` with a bucket of this route in [from, to); buckets of other routes may stand around it. */
function bucketIn(route: string, from: number, to: number): HeaderMatch {
  const value = `(?:.*,)?${route}=(?:${rangeRegex(from, to)})(?:,.*)?`;
  return { kind: 'regex', name: BUCKET_HEADER, value };
}

function withoutBucket(split: RouteSplit, last: string): readonly Destination[] {
  if (split.otherwise === undefined) return wholly(last);
  if (split.otherwise !== 'weights') return wholly(split.otherwise.arm);
  return split.arms.filter(({ weight }) => weight > 0);
}

export interface SplitRule {
  readonly route: string;
  readonly id: string;
  readonly split: RouteSplit;
}

/**
 * The entries of a split of n arms, for requests that match any of `terms`: arms 1 to n − 1 by the range of their
 * cumulative weight, any other valid bucket to the last arm, and what has no bucket to `otherwise`. An arm without
 * weight has no entry.
 */
export function splitEntries(rule: SplitRule, terms: readonly RequestMatch[]): readonly RouteTableEntry[] {
  const { route, id, split } = rule;
  const last = (split.arms.at(-1) as RouteArm).version;
  const entries: RouteTableEntry[] = [];
  let from = 0;
  for (const { version, weight } of split.arms.slice(0, -1)) {
    const to = from + weight;
    if (weight > 0) {
      const matches = withHeader(terms, bucketIn(route, from, to));
      entries.push({ name: `${id}:${version}`, matches, destinations: wholly(version), bucket: 'with' });
    }
    from = to;
  }
  if (from < ROUTE_WEIGHT_TOTAL) {
    const matches = withHeader(terms, bucketIn(route, 0, ROUTE_WEIGHT_TOTAL));
    entries.push({ name: `${id}:rest`, matches, destinations: wholly(last), bucket: 'with' });
  }
  const destinations = withoutBucket(split, last);
  return [...entries, { name: `${id}:no-bucket`, matches: anyOf(terms), destinations, bucket: 'without' }];
}
