import type { Cluster } from './cluster.js';
import { statusOf } from './cluster-failure.js';
import { acceptOf, type KubernetesObject, pathOf, type Resource } from './resource.js';

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

export interface ListOptions<T> {
  readonly signal?: AbortSignal;
  /** Drops what is not needed of an object, page by page, so that never all of all objects is in memory. */
  readonly pick?: (object: T) => T;
}

const PAGE = 500;

/** Lists page by page; a list whose next page has expired begins anew, once. Rejects as `Cluster.request` does. */
export async function listAll<T extends KubernetesObject>(
  cluster: Cluster,
  resource: Resource,
  options: ListOptions<T> = {},
): Promise<Listing<T>> {
  try {
    return await listOnce(cluster, resource, options);
  } catch (error) {
    if (statusOf(error) !== 410) throw error;
    return listOnce(cluster, resource, options);
  }
}

async function listOnce<T extends KubernetesObject>(
  cluster: Cluster,
  resource: Resource,
  { signal, pick }: ListOptions<T>,
): Promise<Listing<T>> {
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const query = { labelSelector: resource.labelSelector, limit: PAGE, continue: next };
    const accept = acceptOf(resource, 'list');
    const call = { path: pathOf(resource), query, accept, ...(signal && { signal }) };
    const page = await cluster.request<Page<T>>(call);
    items.push(...itemsOf(page, pick));
    next = page.metadata?.continue || undefined;
    const version = page.metadata?.resourceVersion;
    if (version === undefined) throw new Error('the answer is no list');
    if (next === undefined) return { items, version };
  }
}

function itemsOf<T extends KubernetesObject>(page: Page<T>, pick?: (object: T) => T): readonly T[] {
  const items = (page.items ?? []).map((item) => withKind(item, page));
  return pick === undefined ? items : items.map(pick);
}

/** The API leaves these two out of a list's items. */
function withKind<T extends KubernetesObject>(item: T, { apiVersion, kind }: Page<T>): T {
  if (item.kind !== undefined || apiVersion === undefined || kind === undefined) return item;
  return { ...item, apiVersion, kind: kind.replace(/List$/, '') };
}
