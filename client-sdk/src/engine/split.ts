import type { AttributePath } from './context.js';

/** Weights of a flag's split sum to this; a bucket of a flag is an integer in [0, 100000). */
export const FLAG_WEIGHT_TOTAL = 100_000;
/** Weights of a route's split sum to this; a bucket of a route is an integer in [0, 10000). */
export const ROUTE_WEIGHT_TOTAL = 10_000;

/** One arm of a flag's split: a variant and its integer weight in [0, 100000]. */
export interface FlagArm {
  readonly variant: string;
  readonly weight: number;
}

/**
 * Weighted arms over the bucket of `bucketBy`. Arms own consecutive bucket ranges in the order written, so the new arm
 * stands first and a ramp up never moves one of its users out. A subject without a usable key (missing, empty, not a
 * string) gets `otherwise`: by default the last arm; `'error'` gives TARGETING_KEY_MISSING.
 */
export interface FlagSplit {
  readonly bucketBy: AttributePath;
  readonly salt: string;
  readonly arms: readonly FlagArm[];
  readonly otherwise?: { readonly arm: string } | 'error';
}

/** One arm of a route's split: a version and its integer weight in [0, 10000]. */
export interface RouteArm {
  readonly version: string;
  readonly weight: number;
}

/**
 * Weighted arms over the route's own salt and bucketBy. Requests without a valid bucket get `otherwise`: one arm, or
 * `'weights'` (drawn at random by weight; `evaluate` then answers the last arm). Default: the last arm.
 */
export interface RouteSplit {
  readonly arms: readonly RouteArm[];
  readonly otherwise?: { readonly arm: string } | 'weights';
}
