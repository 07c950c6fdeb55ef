import type { Cluster } from './cluster.js';
import {
  type Endpoint,
  type EndpointSlice,
  ENDPOINT_SLICES,
  serviceOf,
  slimSlice,
} from './endpoint-slice.js';
import type { ObjectEvent } from './object-cache.js';
import { readyPods } from './ready-pods.js';
import { Reflector } from './reflector.js';
import type { KubernetesObject, Resource } from './resource.js';

/** Of pods nothing is read but their labels. */
const PODS: Resource = { group: '', version: 'v1', plural: 'pods', metadataOnly: true };
/** After a watch breaks, its list is decided on for no longer than this, ms: to ask costs little. */
const TIMES = { patience: 1_000 };

/** What stands behind the Services of a cluster, kept up to date while somebody uses it: one copy for the whole process. */
export class WatchedEndpoints {
  readonly #slices: Reflector<EndpointSlice>;
  readonly #pods: Reflector<KubernetesObject>;
  #users = 0;

  constructor(cluster: Cluster) {
    const index = { index: serviceOf };
    this.#slices = new Reflector(cluster, ENDPOINT_SLICES, { pick: slimSlice, times: TIMES, ...index });
    this.#pods = new Reflector(cluster, PODS, { pick: slimPod, times: TIMES });
  }

  /** Resolves once the first lists are there, or could not be read once; never before somebody uses it. */
  get tried(): Promise<unknown> {
    return Promise.all([this.#slices.tried, this.#pods.tried]);
  }

  /** Watches until the answer is called as often as this was. */
  use(): () => void {
    this.#users += 1;
    this.#slices.start();
    this.#pods.start();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#users -= 1;
      if (this.#users > 0) return;
      void this.#slices.stop();
      void this.#pods.stop();
    };
  }

  /** Calls for each change of a slice after the first list. */
  subscribe(listener: (event: ObjectEvent<EndpointSlice>) => void): void {
    this.#slices.subscribe(listener);
  }

  /** The EndpointSlices of a Service, or null where the API server must be asked. */
  slicesOf(namespace: string, service: string): readonly EndpointSlice[] | null {
    return this.#slices.fresh ? this.#slices.listAt(`${namespace}/${service}`) : null;
  }

  /** Labels of the pod of an endpoint, or null where the API server must be asked: it isn't known here, or another bears its name. */
  labelsOf(namespace: string, target: NonNullable<Endpoint['targetRef']>): Labels | null {
    const pod = this.#pods.fresh ? this.#pods.get(namespace, target.name ?? '') : undefined;
    if (pod === undefined || (target.uid !== undefined && target.uid !== pod.metadata.uid)) return null;
    return pod.metadata.labels ?? {};
  }

  /** Labels of each pod that a Service sends requests to now, or null where not all of that is known here. */
  readyLabels(namespace: string, service: string): readonly Labels[] | null {
    const slices = this.slicesOf(namespace, service);
    if (slices === null) return null;
    const labels = [...readyPods(slices).values()].map((target) => this.labelsOf(namespace, target));
    return labels.every((one) => one !== null) ? labels : null;
  }
}

export type Labels = { readonly [label: string]: string };

function slimPod({ metadata }: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(labels !== undefined && { labels }),
    },
  };
}
