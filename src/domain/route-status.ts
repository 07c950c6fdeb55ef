/**
 * What a mesh adapter saw of a route; ready endpoints per version, `'unknown'` where it can't see them (counts as
 * ready, and status says so).
 */
export interface RouteObservation {
  /** Token of the table that stands in the mesh, `<epoch>.<revision>`, or null when nothing of ours does. */
  readonly applied: string | null;
  /** Whether the objects in the mesh are exactly those last applied; false = drift. */
  readonly observed: boolean;
  readonly ready: { readonly [version: string]: number | 'unknown' };
}

/** State of one route, key `route/<key>`, written by the reconciler. Times are the store's, epoch milliseconds. */
export interface RouteStatus {
  readonly phase: 'applied' | 'pending' | 'releasing' | 'failed';
  /** Where its objects live, so that they can be released once the route is gone or has moved. */
  readonly namespace: string;
  /** Token of the table we want. */
  readonly desired: string;
  readonly applied: string | null;
  readonly observed: boolean;
  readonly ready: { readonly [version: string]: number | 'unknown' };
  readonly checkedAt: number;
  /** Last failure: a code of the error table (or NOTHING_TO_RETURN_TO) and words; null after a success. */
  readonly error: { readonly code: string; readonly message: string } | null;
}
