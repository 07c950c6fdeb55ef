/** A collection of the Kubernetes API: `group` is empty for the core; without a namespace, all of them. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  /** A label selector: `a=b,c=d`. */
  readonly labelSelector?: string;
  /** Ask for nothing but the metadata of the objects. */
  readonly metadataOnly?: boolean;
}

/** Any object of the API, as it comes over the wire: times are texts. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: { readonly [label: string]: string };
    readonly annotations?: { readonly [annotation: string]: string };
  };
}

/** Path of a collection, or of the one object `name` in it. */
export function pathOf({ group, version, plural, namespace }: Resource, name?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${name}`}`;
}

/** `networking.istio.io/v1 virtualservices`, for people. */
export function titleOf({ group, version, plural, namespace }: Resource): string {
  const scope = namespace === undefined ? '' : ` of namespace ${namespace}`;
  return `${group === '' ? '' : `${group}/`}${version} ${plural}${scope}`;
}

/** How the API server is to answer about a collection: a list of it, or the events of a watch. */
export function acceptOf({ metadataOnly = false }: Resource, answer: 'list' | 'watch'): string {
  const kind = answer === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  return metadataOnly ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : 'application/json';
}
