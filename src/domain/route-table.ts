import type { HttpSettings } from '@tidegate/sdk/engine';

/** Carries a request's buckets: `checkout=0421,search=7730`, four digits each. */
export const BUCKET_HEADER = 'x-tg-b';
/** Carries a request's segments: `employees,beta`. Set by services, for services. */
export const SEGMENT_HEADER = 'x-tg-s';
/** Carries a request's targeting key, percent-encoded. Set by the edge, for services. */
export const KEY_HEADER = 'x-tg-k';

/** A proxy knows a request's path, query included, its method and its host by these names too; only `without` uses the first two. */
export const PATH_FIELD = ':path';
export const METHOD_FIELD = ':method';
export const HOST_FIELD = ':authority';

/** One header condition of a request match. `name` is lower-case. `regex` must match the whole value (RE2). */
export type HeaderMatch =
  | { readonly kind: 'exact'; readonly name: string; readonly value: string }
  | { readonly kind: 'regex'; readonly name: string; readonly value: string }
  | { readonly kind: 'present'; readonly name: string };

/** One claim of a JWT that the gateway verified. A list claim matches when any element does. */
export interface ClaimMatch {
  readonly claim: readonly string[];
  readonly kind: 'exact' | 'regex';
  readonly value: string;
}

/** The path, without the query, as it stands in the request. `regex` must match the whole of it (RE2). */
export interface PathMatch {
  readonly kind: 'exact' | 'prefix' | 'regex';
  readonly value: string;
}

export interface MethodMatch {
  readonly kind: 'exact' | 'regex';
  readonly value: string;
}

/**
 * All of `headers`, `without` (none of these) and `claims` must hold, and of `method`, `path` and `query` (parameters by
 * their name, as written in the request) those that are there.
 */
export interface RequestMatch {
  readonly headers: readonly HeaderMatch[];
  readonly without: readonly HeaderMatch[];
  readonly claims: readonly ClaimMatch[];
  readonly method?: MethodMatch;
  readonly path?: PathMatch;
  readonly query?: readonly HeaderMatch[];
}

export interface Destination {
  readonly version: string;
  /** Integer in [0, 10000]; the weights of one entry sum to 10000. */
  readonly weight: number;
}

/** Any of `matches` (empty = every request) goes to `destinations`. */
export interface RouteTableEntry {
  /** `<rule id>`, `<rule id>:<arm>`, `<rule id>:rest`, `<rule id>:no-bucket`, `default` or `closed`. */
  readonly name: string;
  readonly matches: readonly RequestMatch[];
  readonly destinations: readonly Destination[];
  /** Of the entries of a split: whether its requests had a valid bucket. Proxies count them apart. */
  readonly bucket?: 'with' | 'without';
  /** What else is done with its requests. */
  readonly http?: HttpSettings;
  /** The version that gets copies of so many percent of these requests, and whose answers nobody sees. */
  readonly mirror?: { readonly version: string; readonly percent: number };
}

/** Callers whom somebody else's root at the gateway tells from all others, by `matches`, and what is done with them. */
export interface AudienceTable {
  readonly segment: string;
  readonly matches: readonly RequestMatch[];
  readonly entries: readonly RouteTableEntry[];
}

/**
 * A route, free of mesh words: per place of traffic an ordered list, first match wins, the last entry matches
 * everything. `gateway` knows claims and no `x-tg-s`; `mesh` knows both headers and no claims. Null where the route
 * has no such place.
 */
export interface RouteTable {
  readonly environment: string;
  readonly route: string;
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  readonly gateways: readonly { readonly name: string; readonly hosts: readonly string[] }[];
  readonly versions: { readonly [version: string]: { readonly [label: string]: string } };
  readonly gateway: readonly RouteTableEntry[] | null;
  readonly mesh: readonly RouteTableEntry[] | null;
  /**
   * Present where somebody else's root binds the hosts: then no entry asks for claims, a caller belongs to the first of
   * these that he matches, and `gateway` is for those who match none. Empty where the route has no gateway.
   */
  readonly audiences?: readonly AudienceTable[];
  /** `<epoch>.<n>`: n is the highest revision among the documents that made the table. */
  readonly revision: string;
}

/** The table with other entries at each of its places. */
export function withEntries(
  table: RouteTable,
  change: (entries: readonly RouteTableEntry[]) => readonly RouteTableEntry[],
): RouteTable {
  const { gateway, mesh, audiences } = table;
  return {
    ...table,
    gateway: gateway && change(gateway),
    mesh: mesh && change(mesh),
    ...(audiences && { audiences: audiences.map((one) => ({ ...one, entries: change(one.entries) })) }),
  };
}
