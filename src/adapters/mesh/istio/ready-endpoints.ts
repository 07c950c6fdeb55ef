import type { Route } from '@tidegate/sdk/engine';
import type { Cluster } from '../../../cluster/cluster.js';
import { type EndpointSlice, ENDPOINT_SLICES } from '../../../cluster/endpoint-slice.js';
import { listAll } from '../../../cluster/paged-list.js';
import { idOf, readyPods, type Target } from '../../../cluster/ready-pods.js';
import type { Labels, WatchedEndpoints } from '../../../cluster/watched-endpoints.js';

type Ready = { readonly [version: string]: number };

/** The EndpointSlices of a Service. */
export async function slicesOf(
  cluster: Cluster,
  namespace: string,
  service: string,
): Promise<readonly EndpointSlice[]> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  return (await listAll<EndpointSlice>(cluster, { ...ENDPOINT_SLICES, namespace, labelSelector })).items;
}

/** Pods of one version, with uid and without, as they were when `ready` were ready. */
interface KnownPods {
  readonly ids: ReadonlySet<string>;
  readonly ready: ReadonlySet<string>;
  readonly until: number;
}

/** Labels of a pod that runs hardly ever change; after this, ms, less up to half of it, they are read again all the same. */
const KEEP = 60_000;

/**
 * How many pods of each version stand ready behind a Service. Where its slices and pods are watched, without asking;
 * else the API server is asked, for pods that are not known yet: a slice doesn't tell the labels of its pods.
 */
export class ReadyEndpoints {
  readonly #known = new Map<string, KnownPods>();

  /** `now` is in ms. */
  constructor(
    private readonly cluster: Cluster,
    private readonly watched: Pick<WatchedEndpoints, 'slicesOf' | 'labelsOf'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Ready pods by version of the route. Rejects as `Cluster.request` does. */
  async of(route: Route): Promise<Ready> {
    const [service = '', namespace = ''] = route.service.split('.');
    const watched = this.watched.slicesOf(namespace, service);
    const ready = readyPods(watched ?? (await slicesOf(this.cluster, namespace, service)));
    const labels = watched && this.#labelsOf(namespace, [...ready.values()]);
    if (labels !== null) return countedBy(route, labels);
    const ids = new Set(ready.keys());
    const counts = Object.entries(route.versions).map(async ([version, wanted]) => {
      const pods = await this.#podsOf(namespace, wanted, ids, watched !== null);
      return [version, [...ids].filter((id) => pods.has(id)).length] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  /** Why versions of the route may have no ready pod, as a sentence; null where the watches don't tell. */
  whyNone(route: Route): string | null {
    const [service = '', namespace = ''] = route.service.split('.');
    const slices = this.watched.slicesOf(namespace, service);
    if (slices === null) return null;
    // The slice of a Service stands from its creation on, with no endpoint in it where no pod is picked.
    if (slices.length === 0)
      return `There is no Service ${service} in namespace ${namespace}, or it has no selector.`;
    const labels = this.#labelsOf(namespace, [...readyPods(slices).values()]) ?? [];
    return strangersAmong(route, labels);
  }

  /** Of each pod, or null where not all of them are known. */
  #labelsOf(namespace: string, targets: readonly Target[]): readonly Labels[] | null {
    const labels = targets.map((target) => this.watched.labelsOf(namespace, target));
    return labels.every((one) => one !== null) ? labels : null;
  }

  async #podsOf(
    namespace: string,
    labels: Labels,
    ready: ReadonlySet<string>,
    mayKnow: boolean,
  ): Promise<ReadonlySet<string>> {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    const labelSelector = pairs.join(',');
    const key = `${namespace}?${labelSelector}`;
    const known = this.#known.get(key);
    const isEnough = known && this.now() < known.until && [...ready].every((id) => known.ready.has(id));
    if (mayKnow && isEnough) return known.ids;
    const resource = {
      group: '',
      version: 'v1',
      plural: 'pods',
      namespace,
      labelSelector,
      metadataOnly: true,
    };
    const { items } = await listAll(this.cluster, resource);
    const ids = new Set(items.flatMap(({ metadata: { name, uid } }) => [idOf(name, uid), idOf(name)]));
    const until = this.now() + KEEP * (1 - Math.random() / 2);
    this.#known.set(key, { ids, ready, until });
    return ids;
  }
}

/** What the pods of no version are labelled, by the names that versions are told apart by. */
function strangersAmong({ versions }: Route, pods: readonly Labels[]): string | null {
  const wanted = Object.values(versions);
  const names = [...new Set(wanted.flatMap((labels) => Object.keys(labels)))];
  const strangers = pods.filter((pod) => !wanted.some((labels) => isOf(labels, pod)));
  const kinds = new Set(strangers.map((pod) => names.map((name) => `${name}=${pod[name] ?? ''}`).join(',')));
  if (kinds.size === 0) return null;
  const [first = '', ...more] = kinds;
  const others = more.length > 0 ? ` (and ${more.length} more of the kind)` : '';
  return `Ready pods behind the Service have the labels ${first}${others}, which is no version of the route.`;
}

function isOf(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted).every(([label, value]) => labels[label] === value);
}

function countedBy({ versions }: Route, pods: readonly Labels[]): Ready {
  return Object.fromEntries(
    Object.entries(versions).map(([version, wanted]) => [
      version,
      pods.filter((labels) => isOf(wanted, labels)).length,
    ]),
  );
}
