import type { PageInput } from '../domain/page.js';
import { Problem } from '../domain/problem.js';

const MOST = 10_000;
const USUAL = 1_000;

/** The first 1 to 10,000 (default 1,000) of sorted keys that come after `after`. INVALID_INPUT. */
export function keysPage(keys: readonly string[], { first, after }: PageInput): readonly string[] {
  const size = first ?? USUAL;
  if (size < 1 || size > MOST)
    throw new Problem('INVALID_INPUT', `A page has 1 to ${MOST} keys.`, { field: 'first' });
  const start = after == null ? 0 : keys.findIndex((key) => key > after);
  return start < 0 ? [] : keys.slice(start, start + size);
}
