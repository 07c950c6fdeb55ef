import type { Route } from '@tidegate/sdk/engine';
import type { Cluster } from '../../../cluster/cluster.js';
import { listAll } from '../../../cluster/paged-list.js';
import type { EndpointSlice } from './watched-cluster.js';

type Ready = { readonly [version: string]: number };

/** The EndpointSlices of a Service. */
export async function slicesOf(
  cluster: Cluster,
  namespace: string,
  service: string,
): Promise<readonly EndpointSlice[]> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const resource = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' };
  return (await listAll<EndpointSlice>(cluster, { ...resource, namespace, labelSelector })).items;
}

/** A StatefulSet gives the name of a pod that is gone to the next one, of whatever version: the uid tells them apart. */
function idOf(name: string, uid = ''): string {
  return `${name}/${uid}`;
}

/** Ids of the pods that requests are sent to now; without a uid where the slice has none. */
function readyPods(slices: readonly EndpointSlice[]): ReadonlySet<string> {
  const ready = new Set<string>();
  for (const { endpoints } of slices) {
    for (const { conditions, targetRef } of endpoints ?? []) {
      // An endpoint that doesn't say is ready.
      if (conditions?.ready !== false && targetRef?.kind === 'Pod' && targetRef.name)
        ready.add(idOf(targetRef.name, targetRef.uid));
    }
  }
  return ready;
}

/** Pods of one version, with uid and without, as they were when `ready` were ready. */
interface KnownPods {
  readonly ids: ReadonlySet<string>;
  readonly ready: ReadonlySet<string>;
  readonly until: number;
}

/** Labels of a pod that runs hardly ever change; after this, ms, less up to half of it, they are read again all the same. */
const KEEP = 60_000;

/** Watched slices of a Service, or null where the API server must be asked. */
export type WatchedSlices = (namespace: string, service: string) => readonly EndpointSlice[] | null;

/**
 * How many pods of each version stand ready behind a Service. Where its slices are watched, the API server is asked only
 * about pods that were not known yet, since a slice doesn't tell the labels of its pods.
 */
export class ReadyEndpoints {
  readonly #known = new Map<string, KnownPods>();

  /** `now` is in ms. */
  constructor(
    private readonly cluster: Cluster,
    private readonly watched: WatchedSlices,
    private readonly now: () => number = Date.now,
  ) {}

  /** Ready pods by version of the route. Rejects as `Cluster.request` does. */
  async of(route: Route): Promise<Ready> {
    const [service = '', namespace = ''] = route.service.split('.');
    const watched = this.watched(namespace, service);
    const ready = readyPods(watched ?? (await slicesOf(this.cluster, namespace, service)));
    const counts = Object.entries(route.versions).map(async ([version, labels]) => {
      const ids = await this.#podsOf(namespace, labels, ready, watched !== null);
      return [version, [...ready].filter((id) => ids.has(id)).length] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  async #podsOf(
    namespace: string,
    labels: Route['versions'][string],
    ready: ReadonlySet<string>,
    mayKnow: boolean,
  ): Promise<ReadonlySet<string>> {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    const labelSelector = pairs.join(',');
    const key = `${namespace}?${labelSelector}`;
    const known = this.#known.get(key);
    const isEnough = known && this.now() < known.until && [...ready].every((id) => known.ready.has(id));
    if (mayKnow && isEnough) return known.ids;
    const resource = { group: '', version: 'v1', plural: 'pods', namespace, labelSelector };
    const { items } = await listAll(this.cluster, resource);
    const ids = new Set(items.flatMap(({ metadata: { name, uid } }) => [idOf(name, uid), idOf(name)]));
    const until = this.now() + KEEP * (1 - Math.random() / 2);
    this.#known.set(key, { ids, ready, until });
    return ids;
  }
}
