import {
  keyChangeBetween,
  keyChangesTogether,
  reversedKeyChange,
  withKeyChange,
  type Segment,
  type SegmentHead,
  type SegmentKeyChange,
} from '@tidegate/sdk/engine';

/** Keys of one segment, included and excluded together. */
export const MOST_SEGMENT_KEYS = 100_000;

const NO_KEYS: readonly string[] = [];
export const NO_KEY_CHANGE: SegmentKeyChange = {
  included: { added: NO_KEYS, removed: NO_KEYS },
  excluded: { added: NO_KEYS, removed: NO_KEYS },
};

export function headOf({ key, description, rules }: Segment): SegmentHead {
  return { key, description, rules };
}

/** What becomes of a segment's lists between two forms of it; null = absent, with empty lists. */
export function segmentKeyChange(before: Segment | null, after: Segment | null): SegmentKeyChange {
  return {
    included: keyChangeBetween(before?.included ?? NO_KEYS, after?.included ?? NO_KEYS),
    excluded: keyChangeBetween(before?.excluded ?? NO_KEYS, after?.excluded ?? NO_KEYS),
  };
}

/** The segment of a head whose lists are those of `before` (null: empty ones) after a change. */
export function withSegmentKeys(
  head: SegmentHead,
  before: Segment | null,
  change: SegmentKeyChange,
): Segment {
  return {
    ...head,
    included: withKeyChange(before?.included ?? NO_KEYS, change.included),
    excluded: withKeyChange(before?.excluded ?? NO_KEYS, change.excluded),
  };
}

/** The change that takes another one back. */
export function reversedSegmentKeys({ included, excluded }: SegmentKeyChange): SegmentKeyChange {
  return { included: reversedKeyChange(included), excluded: reversedKeyChange(excluded) };
}

/** One change and then another, as one. */
export function segmentKeysTogether(first: SegmentKeyChange, then: SegmentKeyChange): SegmentKeyChange {
  return {
    included: keyChangesTogether(first.included, then.included),
    excluded: keyChangesTogether(first.excluded, then.excluded),
  };
}
