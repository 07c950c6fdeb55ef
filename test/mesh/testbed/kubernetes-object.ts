/** Enough of an object to find it. */
export interface ObjectRef {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** Any object of the Kubernetes API, of which a test reads and writes what it needs. */
export interface KubernetesObject extends ObjectRef {
  metadata: ObjectRef['metadata'] & {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    resourceVersion?: string;
    generation?: number;
    deletionTimestamp?: string;
    uid?: string;
  };
  spec?: unknown;
  status?: unknown;
  [field: string]: unknown;
}

/** Where the API keeps all objects of a kind, in one namespace or in all. */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace ? `/namespaces/${namespace}` : '';
  return `${root}${scope}/${plural(kind)}`;
}

/** Where the API keeps one object. */
export function objectPath({ apiVersion, kind, metadata }: ObjectRef): string {
  return `${collectionPath(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
}

function plural(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('s')) return `${name}es`;
  return name.endsWith('y') && name !== 'gateway' ? `${name.slice(0, -1)}ies` : `${name}s`;
}
