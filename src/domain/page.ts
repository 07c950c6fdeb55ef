import { Problem } from './problem.js';

/** One page of a list, as a Relay connection. */
export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
}

const MOST = 200;
const USUAL = 50;

/** How many items a page is to have: 1 to 200, by default 50. INVALID_INPUT. */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? USUAL;
  if (size >= 1 && size <= MOST) return size;
  throw new Problem('INVALID_INPUT', `A page has 1 to ${MOST} items.`, { field: 'first' });
}

/** Which page: `first` (1…200, default 50) items after the opaque cursor `after`. */
export interface PageInput {
  readonly first?: number | null;
  readonly after?: string | null;
}

/**
 * Pages a list that is sorted by `key` in code-unit order; the cursor is the key, so pages stay right while items come
 * and go. INVALID_INPUT for a size out of range.
 */
export function paginate<T extends { readonly key: string }>(
  items: readonly T[],
  page: PageInput,
): Connection<T> {
  const first = pageSize(page.first);
  const after = page.after ?? null;
  const rest = after === null ? items : items.filter((item) => item.key > after);
  const edges = rest.slice(0, first).map((node) => ({ cursor: node.key, node }));
  return {
    edges,
    pageInfo: { hasNextPage: rest.length > first, endCursor: edges.at(-1)?.cursor ?? null },
    totalCount: items.length,
  };
}

/** Whether `text` is part of the key or description, any case; no text = all. */
export function hasText(
  item: { readonly key: string; readonly description: string },
  text: string | null | undefined,
): boolean {
  return text == null || `${item.key}\n${item.description}`.toLowerCase().includes(text.toLowerCase());
}
