import type { Condition } from './condition.js';
import type { AttributePath } from './context.js';
import type { HttpSettings } from './http-settings.js';
import type { RouteSplit } from './split.js';

export type RouteServe = { readonly version: string } | { readonly split: RouteSplit };

/** One rule of a route. First match wins. */
export interface RouteRule {
  readonly id: string;
  readonly description?: string;
  readonly condition: Condition;
  readonly serve: RouteServe;
  /** Over those of the route, field by field. */
  readonly http?: HttpSettings | null;
}

/** Hosts of this route at one Istio Gateway (`namespace/name`). */
export interface RouteGateway {
  readonly name: string;
  readonly hosts: readonly string[];
}

/** The version that gets copies of requests, and of how many percent (0.01 … 100) of them; its answers are thrown away. */
export interface RouteMirror {
  readonly version: string;
  readonly percent: number;
}
/** `exclusive`: objects of ours bind the hosts; `delegate`: an object of somebody else does, and names ours. */
export type RouteOwnership = 'exclusive' | 'delegate';

/**
 * Traffic entering one service. `salt` and `bucketBy` belong to the route and are shared by all its splits, because a
 * request carries one bucket per route. `closed` names the version that gets all traffic, rules kept, until a person
 * clears it.
 */
export interface Route {
  readonly key: string;
  readonly description: string;
  /** Fully qualified name of the Kubernetes Service: `checkout.shop.svc.cluster.local`. */
  readonly service: string;
  readonly port: number;
  readonly gateways: readonly RouteGateway[];
  /** Whether calls from inside the mesh are routed too. */
  readonly mesh: boolean;
  /** Version name → the pod labels of its subset. */
  readonly versions: { readonly [version: string]: { readonly [label: string]: string } };
  readonly salt: string;
  readonly bucketBy: AttributePath;
  /** `cookie`: anonymous browsers have a bucket, by the id that the edge issues; else they have none. Not given: null. */
  readonly affinity?: 'cookie' | null;
  readonly rules: readonly RouteRule[];
  readonly default: string;
  readonly closed: string | null;
  /** Of all requests that this version doesn't get anyhow; absent or null for none, and none while the route is closed. */
  readonly mirror?: RouteMirror | null;
  /** Of all its requests. */
  readonly http?: HttpSettings | null;
  /** Whose object binds the hosts in the mesh; absent: `exclusive`. */
  readonly ownership?: RouteOwnership;
  /**
   * With `delegate` alone: the segments that the gateway's root sends to a delegate of their own, in the root's order.
   * Absent: none.
   */
  readonly audiences?: readonly string[];
}
