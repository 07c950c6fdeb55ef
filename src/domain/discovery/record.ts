import { type Image, stateKey } from '../image.js';

/**
 * What became of a version that was seen. `known`: nothing is to be done, it was there before or is a person's business;
 * `waiting`: its turn has not come; `drafted`: its rollout is made, and not started yet; `started`: its rollout was
 * started; `done`: that has completed; `superseded`: a newer version took its turn; `refused`: no rollout can be made of it.
 */
export type SeenState = 'known' | 'waiting' | 'drafted' | 'started' | 'done' | 'superseded' | 'refused';

/** A value of the version label that was seen among the workloads of a route. Times are epoch milliseconds. */
export interface SeenVersion {
  readonly label: string;
  /** Its name in the route. */
  readonly version: string;
  readonly images: readonly string[];
  /** Since when the oldest of its Deployments exists, by the cluster's clock. */
  readonly since: number;
  readonly state: SeenState;
  /** Key of the rollout that was made for it. */
  readonly rollout: string | null;
  /** Why it is refused, in words; else empty. */
  readonly because: string;
}

/** A version that is to be scaled to zero. */
export interface Retirement {
  /** Its name in the route. */
  readonly version: string;
  /** Not before, store time. */
  readonly at: number;
  /** The rollout whose end it is. */
  readonly rollout: string;
}

/**
 * State of one route, key `discovery/<route>`. A version that is in `seen` never starts a rollout again, not even when
 * its Deployment comes back.
 */
export interface DiscoveryRecord {
  readonly seen: readonly SeenVersion[];
  readonly retiring: readonly Retirement[];
  /** Why nothing goes on, in words for people; empty while nothing stands in the way. */
  readonly waiting: string;
}

export interface StoredRecord {
  /** Null before the first look. */
  readonly record: DiscoveryRecord | null;
  readonly revision: number;
}

export function recordOf(image: Image, route: string): StoredRecord {
  const stored = image.states.get(stateKey.discovery(route));
  return { record: (stored?.value as DiscoveryRecord | undefined) ?? null, revision: stored?.revision ?? 0 };
}
