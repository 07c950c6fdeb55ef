import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OverlaidMap } from './overlaid-map.js';

const key = fc.integer({ min: 0, max: 200 }).map((n) => `k${n}`);
const edit = fc.tuple(key, fc.option(fc.integer(), { freq: 3 }));
const edits = fc.array(edit, { maxLength: 12 });

describe('a map with changes laid over it', () => {
  it('says after any edits what a map says that was changed, and the maps before it still say what they said', () => {
    const before = fc.uniqueArray(fc.tuple(key, fc.integer()), {
      selector: ([name]) => name,
      maxLength: 200,
    });
    fc.assert(
      fc.property(before, fc.array(edits, { maxLength: 40 }), (entries, changes) => {
        const plain = new Map(entries);
        let map = OverlaidMap.of(entries);
        for (const change of changes) {
          const [was, kept] = [map, [...map]];
          map = map.with(change);
          for (const [name, value] of change) {
            if (value === null) plain.delete(name);
            else plain.set(name, value);
          }
          expect([...was]).toEqual(kept);
          expect(new Map(map)).toEqual(plain);
          expect(map.size).toBe(plain.size);
        }
        expect([...map.keys()].sort()).toEqual([...plain.keys()].sort());
        expect([...map.values()]).toHaveLength(plain.size);
        const told = new Map<string, number>();
        map.forEach((value, name) => told.set(name, value));
        expect(told).toEqual(plain);
        for (let n = 0; n <= 200; n += 1) {
          expect(map.get(`k${n}`)).toBe(plain.get(`k${n}`));
          expect(map.has(`k${n}`)).toBe(plain.has(`k${n}`));
        }
      }),
    );
  });
});
