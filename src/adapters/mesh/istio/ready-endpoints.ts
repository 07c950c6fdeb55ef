import type { Route } from '@tidegate/sdk/engine';
import type { Cluster } from '../../../cluster/cluster.js';
import { listAll } from '../../../cluster/paged-list.js';
import type { KubernetesObject } from '../../../cluster/resource.js';

type Ready = { readonly [version: string]: number };

interface EndpointSlice extends KubernetesObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind?: string; readonly name?: string };
  }[];
}

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

/** Names of the pods that the Service sends requests to now. */
async function readyPods(cluster: Cluster, namespace: string, service: string) {
  const ready = new Set<string>();
  for (const { endpoints } of await slicesOf(cluster, namespace, service)) {
    for (const { conditions, targetRef } of endpoints ?? []) {
      // An endpoint that doesn't say is ready.
      if (conditions?.ready !== false && targetRef?.kind === 'Pod' && targetRef.name)
        ready.add(targetRef.name);
    }
  }
  return ready;
}

async function podsOf(
  cluster: Cluster,
  namespace: string,
  labels: Route['versions'][string],
): Promise<readonly string[]> {
  const labelSelector = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  const resource = { group: '', version: 'v1', plural: 'pods', namespace, labelSelector };
  const { items } = await listAll(cluster, resource);
  return items.map(({ metadata }) => metadata.name);
}

/** For each version of the route, how many of its pods stand ready behind the route's Service. */
export async function readyEndpoints(cluster: Cluster, route: Route): Promise<Ready> {
  const [service = '', namespace = ''] = route.service.split('.');
  const versions = Object.entries(route.versions);
  const [ready, ...pods] = await Promise.all([
    readyPods(cluster, namespace, service),
    ...versions.map(([, labels]) => podsOf(cluster, namespace, labels)),
  ]);
  return Object.fromEntries(
    versions.map(([version], index) => [
      version,
      (pods[index] ?? []).filter((name) => ready.has(name)).length,
    ]),
  );
}
