import type { BucketShare } from '../domain/bucket-figure.js';

/** Knows what proxies have counted of a route's splits. One adapter: Prometheus, which answers why where none is set up. */
export abstract class BucketShares {
  /** Of the `seconds` before `now` (epoch ms). Never rejects: trouble is the `reason`. */
  abstract of(
    route: { readonly environment: string; readonly route: string },
    seconds: number,
    now: number,
  ): Promise<BucketShare>;
}
