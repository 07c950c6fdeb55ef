import { isListed } from './key-list.js';
import type { Segment, SegmentKeyChange } from './segment.js';

export type Listing = 'included' | 'excluded';

/** The keys of each list, as far as one may ask for them. */
export interface ListedKeys {
  readonly included: Pick<ReadonlySet<unknown>, 'has'>;
  readonly excluded: Pick<ReadonlySet<unknown>, 'has'>;
}

/** Changed keys up to which listings are told apart from their base instead of being gathered anew. */
const MOST_CHANGED = 1_000;
const known = new WeakMap<Segment, KeyListings>();

/**
 * In which list of a segment a key is. Included wins over excluded; an empty key is no key, also where it is listed. Those
 * of neighbouring revisions share what they have in common, so that lists of 100,000 keys aren't gone through again for a
 * change of ten.
 */
export class KeyListings {
  private constructor(
    readonly base: ReadonlyKeys,
    /** What differs from the base, null = in no list; null where nothing does. */
    readonly changed: ReadonlyMap<unknown, Listing | null> | null,
  ) {}

  /** Those of a segment, gathered once. */
  static of(segment: Segment): KeyListings {
    const made = known.get(segment) ?? new KeyListings(gather(segment), null);
    known.set(segment, made);
    return made;
  }

  /** Lets the listings of `after`, which `change` made of `before`, grow out of those of `before`, if there are any. */
  static follow(before: Segment, change: SegmentKeyChange, after: Segment): void {
    const old = known.get(before);
    const keys = [change.included, change.excluded].flatMap(({ added, removed }) => [...added, ...removed]);
    if (old === undefined || (old.changed?.size ?? 0) + keys.length > MOST_CHANGED) return;
    known.set(after, keys.length === 0 ? old : new KeyListings(old.base, changedBy(old, keys, after)));
  }

  get isEmpty(): boolean {
    return this.base.included.size + this.base.excluded.size === 0 && this.changed === null;
  }

  get(key: unknown): Listing | undefined {
    const changed = this.changed?.get(key);
    if (changed !== undefined) return changed ?? undefined;
    if (this.base.included.has(key)) return 'included';
    return this.base.excluded.has(key) ? 'excluded' : undefined;
  }

  /** For who asks for one list at a time. */
  asSets(): ListedKeys {
    return {
      included: { has: (key) => this.get(key) === 'included' },
      excluded: { has: (key) => this.get(key) === 'excluded' },
    };
  }
}

interface ReadonlyKeys {
  readonly included: ReadonlySet<unknown>;
  readonly excluded: ReadonlySet<unknown>;
}

function gather(segment: Segment): ReadonlyKeys {
  const included = new Set(segment.included);
  const excluded = new Set(segment.excluded.filter((key) => !included.has(key)));
  included.delete('');
  excluded.delete('');
  return { included, excluded };
}

function changedBy(
  old: KeyListings,
  keys: readonly string[],
  { included, excluded }: Segment,
): ReadonlyMap<unknown, Listing | null> {
  const changed = new Map(old.changed);
  for (const key of keys.filter((one) => one !== '')) {
    if (isListed(key, included)) changed.set(key, 'included');
    else changed.set(key, isListed(key, excluded) ? 'excluded' : null);
  }
  return changed;
}
