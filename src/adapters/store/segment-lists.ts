import { sortedKeys, type Segment } from '@tidegate/sdk/engine';
import type { Stored } from '../../domain/documents.js';

/** Which list of its segment a key is in, as stored: included or excluded. */
export type ListMark = 'i' | 'e';

interface Lists {
  readonly i: string[];
  readonly e: string[];
}

/** The keys of all segments of a scope as a store reads them, one by one. */
export class SegmentLists {
  readonly #lists = new Map<string, Lists>();

  add(segment: string, key: string, mark: string): void {
    let lists = this.#lists.get(segment);
    if (lists === undefined) this.#lists.set(segment, (lists = { i: [], e: [] }));
    lists[mark as ListMark].push(key);
  }

  /** The document as stored, made whole: a segment with its lists, any other as it is. */
  whole(stored: Stored): Stored {
    if (stored.kind !== 'segment') return stored;
    const { i: included = [], e: excluded = [] } = this.#lists.get(stored.key) ?? {};
    const value = {
      ...(stored.value as Segment),
      included: sortedKeys(included),
      excluded: sortedKeys(excluded),
    };
    return { ...stored, value };
  }
}
