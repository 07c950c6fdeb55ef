import type { Route } from '@tidegate/sdk/engine';
import type { ClusterClients } from './cluster-clients.js';

type Ready = { readonly [version: string]: number };

/** Names of the pods that the Service sends requests to now. */
async function readyPods(clients: ClusterClients, namespace: string, service: string) {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const { items } = await clients.discovery.listNamespacedEndpointSlice({ namespace, labelSelector });
  const ready = new Set<string>();
  for (const { endpoints } of items) {
    for (const { conditions, targetRef } of endpoints ?? []) {
      // An endpoint that doesn't say is ready.
      if (conditions?.ready !== false && targetRef?.kind === 'Pod' && targetRef.name)
        ready.add(targetRef.name);
    }
  }
  return ready;
}

async function podsOf(
  { core }: ClusterClients,
  namespace: string,
  labels: Route['versions'][string],
): Promise<readonly string[]> {
  const labelSelector = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return items.flatMap(({ metadata }) => metadata?.name ?? []);
}

/** For each version of the route, how many of its pods stand ready behind the route's Service. */
export async function readyEndpoints(clients: ClusterClients, route: Route): Promise<Ready> {
  const [service = '', namespace = ''] = route.service.split('.');
  const versions = Object.entries(route.versions);
  const [ready, ...pods] = await Promise.all([
    readyPods(clients, namespace, service),
    ...versions.map(([, labels]) => podsOf(clients, namespace, labels)),
  ]);
  return Object.fromEntries(
    versions.map(([version], index) => [
      version,
      (pods[index] ?? []).filter((name) => ready.has(name)).length,
    ]),
  );
}
