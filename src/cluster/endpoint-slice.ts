import type { KubernetesObject, Resource } from './resource.js';

export const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
};
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** Where a Service's requests go, as far as we look at it. */
export interface EndpointSlice extends KubernetesObject {
  readonly endpoints?: readonly Endpoint[];
}

export interface Endpoint {
  readonly conditions?: {
    readonly ready?: boolean;
  };
  readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** `namespace/name` of the Service that a slice belongs to; undefined where it says none. */
export function serviceOf({ metadata: { namespace = '', labels } }: KubernetesObject): string | undefined {
  const service = labels?.[SERVICE_LABEL];
  return service === undefined ? undefined : `${namespace}/${service}`;
}

/** Keeps of a slice which pods it has, and which of them are ready. */
export function slimSlice({ metadata, endpoints }: EndpointSlice): EndpointSlice {
  const { name, namespace, labels, resourceVersion } = metadata;
  const service = labels?.[SERVICE_LABEL];
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(service !== undefined && { labels: { [SERVICE_LABEL]: service } }),
    },
    endpoints: (endpoints ?? []).map(slimEndpoint),
  };
}

/** An endpoint that says nothing of it is ready; all that are ready share one word of it. */
const NOT_READY = { ready: false };

function slimEndpoint({ conditions, targetRef }: Endpoint): Endpoint {
  const { kind, name, uid } = targetRef ?? {};
  return {
    ...(conditions?.ready === false && { conditions: NOT_READY }),
    ...(kind && name && { targetRef: { kind, name, ...(uid && { uid }) } }),
  };
}
