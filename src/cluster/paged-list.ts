import type { Cluster } from './cluster.js';
import { statusOf } from './cluster-failure.js';
import { type KubernetesObject, pathOf, type Resource } from './resource.js';

/** All objects of a resource at one moment; `version` is where a watch goes on. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly version: string;
}

interface Page<T> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

const PAGE = 500;

/** Lists page by page; a list whose next page has expired begins anew, once. Rejects as `Cluster.request` does. */
export async function listAll<T extends KubernetesObject>(
  cluster: Cluster,
  resource: Resource,
  signal?: AbortSignal,
): Promise<Listing<T>> {
  try {
    return await listOnce(cluster, resource, signal);
  } catch (error) {
    if (statusOf(error) !== 410) throw error;
    return listOnce(cluster, resource, signal);
  }
}

async function listOnce<T extends KubernetesObject>(
  cluster: Cluster,
  resource: Resource,
  signal: AbortSignal | undefined,
): Promise<Listing<T>> {
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const query = { labelSelector: resource.labelSelector, limit: PAGE, continue: next };
    const call = { path: pathOf(resource), query, ...(signal && { signal }) };
    const page = await cluster.request<Page<T>>(call);
    for (const item of page.items ?? []) items.push(withKind(item, page));
    next = page.metadata?.continue || undefined;
    const version = page.metadata?.resourceVersion;
    if (version === undefined) throw new Error('the answer is no list');
    if (next === undefined) return { items, version };
  }
}

/** The API leaves these two out of a list's items. */
function withKind<T extends KubernetesObject>(item: T, { apiVersion, kind }: Page<T>): T {
  if (item.kind !== undefined || apiVersion === undefined || kind === undefined) return item;
  return { ...item, apiVersion, kind: kind.replace(/List$/, '') };
}
