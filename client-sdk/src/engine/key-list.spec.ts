import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type KeyListChange,
  keyChangeBetween,
  keyChangesTogether,
  reversedKeyChange,
  sortedKeys,
  withKeyChange,
} from './key-list.js';
import { applyDelta } from './delta.js';
import { KeyListings } from './key-listings.js';
import type { Segment } from './segment.js';
import type { Snapshot } from './snapshot.js';

const key = fc.oneof(fc.constantFrom('a', 'b', 'B', 'z', '10', '9', 'é', '😀', '\uffee', '\0'), fc.string());
const keys = fc.array(key, { maxLength: 20 });
const change = fc
  .uniqueArray(fc.record({ key, isAdded: fc.boolean() }), { selector: (step) => step.key, maxLength: 12 })
  .map((steps): KeyListChange => ({
    added: steps.filter(({ isAdded }) => isAdded).map((step) => step.key),
    removed: steps.filter(({ isAdded }) => !isAdded).map((step) => step.key),
  }));

function inModel(model: ReadonlySet<string>, { added, removed }: KeyListChange): Set<string> {
  const after = new Set(model);
  for (const gone of removed) after.delete(gone);
  for (const come of added) after.add(come);
  return after;
}

describe('a list of keys', () => {
  it('is sorted by code units, each key once, and is the very same where it was so', () => {
    expect(sortedKeys(['b', 'a', 'B', '😀', '\uffee', 'a'])).toEqual(['B', 'a', 'b', '😀', '\uffee']);
    const sorted = ['a', 'b'];
    expect(sortedKeys(sorted)).toBe(sorted);
  });

  it('goes through any changes as a set does', () => {
    fc.assert(
      fc.property(keys, fc.array(change, { maxLength: 10 }), (start, changes) => {
        let model: ReadonlySet<string> = new Set(start);
        let list: readonly string[] = start;
        for (const each of changes) {
          const before = [...list];
          const after = withKeyChange(list, each);
          expect(list).toEqual(before);
          model = inModel(model, each);
          list = after;
          expect(list).toEqual([...model].sort());
        }
      }),
    );
  });

  it('is made of another one by what lies between them, and unmade by the reverse', () => {
    fc.assert(
      fc.property(keys, keys, (before, after) => {
        const between = keyChangeBetween(before, after);
        expect(withKeyChange(before, between)).toEqual(sortedKeys(after));
        expect(withKeyChange(after, reversedKeyChange(between))).toEqual(sortedKeys(before));
        const listed = new Set(before);
        expect(between.added.filter((one) => listed.has(one))).toEqual([]);
        expect(between.removed.every((one) => listed.has(one))).toBe(true);
      }),
    );
  });

  it('has two changes told as one', () => {
    fc.assert(
      fc.property(keys, keys, keys, (one, two, three) => {
        const together = keyChangesTogether(keyChangeBetween(one, two), keyChangeBetween(two, three));
        expect(together).toEqual(keyChangeBetween(one, three));
      }),
    );
  });
});

const segment: Segment = { key: 's', description: '', rules: [], included: [], excluded: [] };

/** The segment after a delta that changes its lists. */
function changed(before: Segment, included: KeyListChange, excluded: KeyListChange): Segment {
  const rest = { epoch: 'e', revision: 2, flags: [], segments: [], routes: [], events: {} };
  const snapshot: Snapshot = { ...rest, environment: 'x', revision: 1, segments: [before] };
  const segmentChanges = [{ key: 's', description: '', rules: [], included, excluded }];
  const after = applyDelta(snapshot, { ...rest, from: 1, segmentChanges, deleted: [] });
  return after.segments[0] as Segment;
}

function listingIn({ included, excluded }: Segment, one: string): string | undefined {
  if (one === '') return undefined;
  if (included.includes(one)) return 'included';
  return excluded.includes(one) ? 'excluded' : undefined;
}

describe('the listings of a segment', () => {
  it('follow any changes of its lists, whether they were asked before or not', () => {
    const steps = fc.array(fc.tuple(change, change, fc.boolean()), { maxLength: 10 });
    fc.assert(
      fc.property(keys, keys, steps, (included, excluded, changes) => {
        let now: Segment = { ...segment, included, excluded };
        for (const [one, other, isAsked] of changes) {
          if (isAsked) KeyListings.of(now);
          now = changed(now, one, other);
          const listings = KeyListings.of(now);
          const all = [
            ...included,
            ...excluded,
            ...one.added,
            ...one.removed,
            ...other.added,
            ...other.removed,
          ];
          for (const each of all) expect(listings.get(each)).toBe(listingIn(now, each));
        }
      }),
    );
  });

  it('share what they have in common, until too much has changed', () => {
    const start = Array.from({ length: 5_000 }, (_, n) => `u${10_000 + n}`);
    const none = { added: [], removed: [] };
    let now: Segment = { ...segment, included: start };
    const first = KeyListings.of(now);
    let shared = 0;
    for (let round = 0; round < 1_500; round += 1) {
      const removed = now.included.slice(0, 1);
      now = changed(now, { added: [`v${round}`], removed }, none);
      const listings = KeyListings.of(now);
      shared += listings.base === first.base ? 1 : 0;
      expect([listings.get(`v${round}`), listings.get(removed[0])]).toEqual(['included', undefined]);
    }
    expect(shared).toBe(500);
    expect(first.get('u10000')).toBe('included');
  });
});
