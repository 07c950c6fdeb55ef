import type { RouteTable } from '../../../domain/route-table.js';

/** API version of the objects that routes become. */
export const ISTIO_API_VERSION = 'networking.istio.io/v1';
/** Every object of ours bears this label; Kubernetes tools know it. */
export const MANAGED_BY = { label: 'app.kubernetes.io/managed-by', value: 'tidegate' } as const;
/** The route's key, so that the objects of one route can be asked for. */
export const ROUTE_LABEL = 'tidegate.io/route';
export const OWNER_ANNOTATION = 'tidegate.io/owner';
export const REVISION_ANNOTATION = 'tidegate.io/revision';

/** A person's word that this object may be taken over whole: `<environment>/<route>`. */
export const ADOPT_ANNOTATION = 'tidegate.io/adopt';
/** On an object that was taken over: the name that it would have had. */
export const ADOPTED_AS_ANNOTATION = 'tidegate.io/adopted-as';

export type MeshKind = 'VirtualService' | 'DestinationRule';

/** Metadata as we write it, and as the API server gives it back. */
interface ObjectMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: { readonly [label: string]: string };
  readonly annotations?: { readonly [annotation: string]: string };
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly uid?: string;
  /** Counts the changes of what is not metadata. */
  readonly generation?: number;
}

/** An Istio object, of ours or anybody's. */
export interface MeshObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly spec?: { readonly [field: string]: unknown };
}

/** An object of ours with all that its kind, name and route say of it. */
export function meshObject(
  table: RouteTable,
  kind: MeshKind,
  name: string,
  spec: { readonly [field: string]: unknown },
): MeshObject {
  return {
    apiVersion: ISTIO_API_VERSION,
    kind,
    metadata: {
      name,
      namespace: table.namespace,
      labels: { [MANAGED_BY.label]: MANAGED_BY.value, [ROUTE_LABEL]: table.route },
      annotations: {
        [OWNER_ANNOTATION]: `${table.environment}/${table.route}`,
        [REVISION_ANNOTATION]: table.revision,
      },
    },
    spec,
  };
}

/** `VirtualService shop/tg-checkout-gw`, for people. */
export function nameOf(object: MeshObject): string {
  return `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
}

/** Whether two objects are the same thing, whatever they say. */
export function isSameObject(a: MeshObject, b: MeshObject): boolean {
  return (
    a.kind === b.kind && a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace
  );
}
