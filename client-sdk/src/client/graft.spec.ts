import { describe, expect, it } from '@jest/globals';
import type { Flag, Snapshot } from '../engine/index.js';
import { changedKeys, graft } from './graft.js';
import { valueFlag } from './value-flag.js';

const snapshot = (revision: number, ...flags: Flag[]): Snapshot => ({
  environment: 'production',
  epoch: 'e',
  revision,
  flags,
  segments: [],
  routes: [],
  events: {},
});

describe('graft', () => {
  it('keeps the objects of documents that are equal, and takes the rest', () => {
    const before = snapshot(1, valueFlag('a', 1), valueFlag('b', 1));
    const after = graft(snapshot(2, valueFlag('b', 1), valueFlag('a', 2), valueFlag('c', 1)), before);
    expect(after).toEqual(snapshot(2, valueFlag('b', 1), valueFlag('a', 2), valueFlag('c', 1)));
    expect(after.flags[0]).toBe(before.flags[1]);
    expect(changedKeys(before.flags, after.flags)).toEqual(['a', 'c']);
  });

  it('names what is gone', () => {
    const before = snapshot(1, valueFlag('a', 1), valueFlag('b', 1));
    expect(changedKeys(before.flags, [before.flags[1] as Flag])).toEqual(['a']);
    expect(changedKeys(before.flags, before.flags)).toEqual([]);
  });

  it('takes a value that nests too deep to be compared as another', () => {
    const deep = (): Flag => {
      let value: unknown = 1;
      for (let level = 0; level < 100_000; level += 1) value = [value];
      return { ...valueFlag('deep', 1), variants: { value: value as never } };
    };
    const next = snapshot(2, deep());
    expect(graft(next, snapshot(1, deep())).flags[0]).toBe(next.flags[0]);
  });
});
