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
  /** With ownership `delegate`, where the adapter sees the objects of others. */
  readonly root?: RouteRoot | undefined;
  /** Absent where no rule of others is near, or the adapter doesn't see them. */
  readonly policy?: RoutePolicy | undefined;
}

/** Rules of others about how to call the route's Service, as its own rule hides them or stands beside them. */
export interface RoutePolicy {
  /** `DestinationRule istio-system/default`: ours would hide it, so its traffic policy was copied. Null: there is none. */
  readonly copiedFrom: string | null;
  /** What was copied, as the mesh spells it. */
  readonly trafficPolicy: { readonly [field: string]: unknown } | null;
  /** Rules for the same host in the same namespace, sorted. */
  readonly beside: readonly string[];
  /** Who sees ours, as with the rules beside it; null: not said, so all. */
  readonly exportTo: readonly string[] | null;
  /** Sentences about what is not as it was, or not as the route wants it. */
  readonly notes: readonly string[];
}

/** Objects of others that send requests to a route's delegates. */
export interface RouteRoot {
  /** `VirtualService shop/checkout`, sorted. */
  readonly names: readonly string[];
  /** Sentences about what keeps requests from the delegates; none when all get theirs. */
  readonly missing: readonly string[];
  /** Sentences without the full stop: objects of others that take the requests before a root does; absent where none does. */
  readonly taken?: readonly string[];
  /** Rules of the route that the mesh leaves out because of those of a root; absent where there are none. */
  readonly conflicts?: readonly RootConflict[];
  /** Whether an object of ours stands in until that is mended, as after a change of ownership. */
  readonly standIn: boolean;
}

/** A rule of a route that the mesh leaves out, wholly or in part, because it can't join it with a rule of a root. */
export interface RootConflict {
  /** `VirtualService shop/checkout` */
  readonly root: string;
  /** `rule 2 ("beta")`, counted from 1, with the name that it has there. */
  readonly rule: string;
  /** Name of the route's rule in the mesh. */
  readonly entry: string;
  /** What is left out, why, and how to mend it, without the full stop. */
  readonly message: string;
}

/** How many of the proxies that matter have confirmed a table. */
export interface ProxyCount {
  readonly confirmed: number;
  readonly of: number;
}

/** How far the proxies have the table that stands. Times are the store's, epoch milliseconds. */
export interface RouteConfirmation {
  /** Who was asked: istiod, the gateways themselves by a probe, or nobody, as none is configured. */
  readonly by: 'istiod' | 'probe' | 'none';
  readonly gateways: ProxyCount;
  /** Of those that the table has been sent to by now. */
  readonly sidecars: ProxyCount;
  /** When all gateways had confirmed it; null before that. */
  readonly at: number | null;
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
  /** Versions in use without ready endpoints, whose requests go to `closed ?? default` until there are; none if absent. */
  readonly spared?: readonly string[];
  readonly root?: RouteRoot | undefined;
  readonly policy?: RoutePolicy | undefined;
  /** Absent where the adapter can't know. */
  readonly confirmed?: RouteConfirmation;
  readonly checkedAt: number;
  /** Last failure: a code of the error table (or NOTHING_TO_RETURN_TO, WAITING_FOR_ROOT, ROOT_CONFLICT) and words; null after a success. */
  readonly error: { readonly code: string; readonly message: string } | null;
}
