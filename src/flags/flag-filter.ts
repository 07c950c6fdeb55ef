import type { Flag, FlagType } from '@tidegate/sdk/engine';
import type { StoredFlag } from '../domain/flag.js';
import { hasText } from '../domain/page.js';

/** What a list of flags can be narrowed by; all that are given must hold. */
export interface FlagFilter {
  readonly text?: string | null;
  readonly tag?: string | null;
  readonly owner?: string | null;
  readonly type?: FlagType | null;
  readonly enabled?: boolean | null;
  readonly lifetime?: Flag['lifetime'] | null;
  readonly stale?: boolean | null;
  /** True: the archived ones, and no others. They are left out otherwise. */
  readonly archived?: boolean | null;
}

export function passesFilter(flag: StoredFlag, filter: FlagFilter): boolean {
  return (
    (flag.archived === true) === (filter.archived === true) &&
    same(filter.type, flag.type) &&
    same(filter.enabled, flag.enabled) &&
    same(filter.lifetime, flag.lifetime) &&
    same(filter.owner, flag.owner) &&
    (filter.tag == null || flag.tags.includes(filter.tag)) &&
    hasText(flag, filter.text)
  );
}

function same<T>(wanted: T | null | undefined, actual: T): boolean {
  return wanted === null || wanted === undefined || wanted === actual;
}
