import type { Flag, FlagType } from '@tidegate/sdk/engine';
import { hasText } from '../domain/page.js';

/** What a list of flags can be narrowed by; all that are given must hold. */
export interface FlagFilter {
  readonly text?: string | null;
  readonly tag?: string | null;
  readonly owner?: string | null;
  readonly type?: FlagType | null;
  readonly enabled?: boolean | null;
  readonly lifetime?: Flag['lifetime'] | null;
}

export function passesFilter(flag: Flag, filter: FlagFilter): boolean {
  return (
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
