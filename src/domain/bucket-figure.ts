/**
 * Under which name proxies count the requests that came to a split of a route with a valid bucket, or without one. Metrics
 * have no `-`, so capitals part what keys, which have none, are made of.
 */
export function bucketFigure(
  { environment, route }: { readonly environment: string; readonly route: string },
  bucket: 'with' | 'without',
): string {
  return `tg-${bucket}-bucket-ENV-${environment}-ROUTE-${route}`;
}

/** How many of the requests to a route's splits came without a valid bucket. */
export interface BucketShare {
  /** In [0, 1]; null where that can't be known. */
  readonly share: number | null;
  /** Requests that were counted, with a bucket or without. */
  readonly requests: number;
  /** Why the share can't be known; null where it is. */
  readonly reason: string | null;
}
