import { bucketFigure } from '../../../domain/bucket-figure.js';
import { Problem } from '../../../domain/problem.js';
import type { Destination, RequestMatch, RouteTableEntry } from '../../../domain/route-table.js';
import { subsetOf } from './destination-rule.js';
import { claimKey, stringMatch } from './string-match.js';
import type { StringMatch } from './string-match.js';

type HeaderMap = { readonly [header: string]: StringMatch };

/** Where an entry sends its requests: the service, and its port where the place of traffic needs one. */
export interface Target {
  readonly host: string;
  readonly port: { readonly number: number } | undefined;
  /** Whose requests proxies count. */
  readonly owner: { readonly environment: string; readonly route: string };
}

function headerMap(matches: readonly (readonly [string, StringMatch])[]): HeaderMap {
  const map = new Map<string, StringMatch>();
  for (const [name, match] of matches) {
    const other = map.get(name);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(match)) {
      throw new Problem('NOT_EXPRESSIBLE', `Istio can't match ${name} twice in one rule.`);
    }
    map.set(name, match);
  }
  return Object.fromEntries(map);
}

/** One match of a rule, as Istio has it. */
export function requestMatch(match: RequestMatch): { readonly [field: string]: HeaderMap | StringMatch } {
  const { headers, without, claims, query = [], path, method } = match;
  const wanted = headerMap([
    ...claims.map((one) => [claimKey(one.claim), stringMatch(one)] as const),
    ...headers.map((one) => [one.name, stringMatch(one)] as const),
  ]);
  const unwanted = headerMap(without.map((one) => [one.name, stringMatch(one)] as const));
  return {
    ...(path && { uri: stringMatch(path) }),
    ...(method && { method: stringMatch(method) }),
    ...(Object.keys(wanted).length > 0 && { headers: wanted }),
    ...(Object.keys(unwanted).length > 0 && { withoutHeaders: unwanted }),
    ...(query.length > 0 && {
      queryParams: Object.fromEntries(query.map((one) => [one.name, stringMatch(one)])),
    }),
  };
}

function routeTo(destinations: readonly Destination[], { host, port }: Target): readonly unknown[] {
  return destinations.map(({ version, weight }) => ({
    destination: { host, subset: subsetOf(version), ...(port && { port }) },
    ...(destinations.length > 1 && { weight }),
  }));
}

function mirrorTo(
  { version, percent }: NonNullable<RouteTableEntry['mirror']>,
  { host, port }: Target,
): { readonly [field: string]: unknown } {
  const mirror = { host, subset: subsetOf(version), ...(port && { port }) };
  return { mirror, mirrorPercentage: { value: percent } };
}

/** Every match of an entry, or one that all requests pass, where they are counted apart; undefined for neither. */
function matchesOf({ matches, bucket }: RouteTableEntry, { owner }: Target): readonly unknown[] | undefined {
  const counted = bucket && { statPrefix: bucketFigure(owner, bucket) };
  if (matches.length === 0) return counted && [counted];
  return matches.map((match) => ({ ...requestMatch(match), ...counted }));
}

/** The `http` list of a VirtualService: first match wins. */
export function httpRoutes(entries: readonly RouteTableEntry[], target: Target): readonly unknown[] {
  return entries.map((entry) => routeOf(entry, target));
}

function routeOf(entry: RouteTableEntry, target: Target): { readonly [field: string]: unknown } {
  const { name, destinations, mirror, http } = entry;
  const match = matchesOf(entry, target);
  return {
    name,
    ...(match && { match }),
    route: routeTo(destinations, target),
    ...http,
    ...(mirror && mirrorTo(mirror, target)),
  };
}
