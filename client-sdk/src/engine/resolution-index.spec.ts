import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Resolution } from './resolution.js';
import { ResolutionIndex } from './resolution-index.js';
import { ResolutionTable } from './resolution-table.js';

function ofSlot(slot: number): Resolution {
  return Object.freeze({ value: true, variant: 'on', reason: 'STATIC', rule: null, slot });
}

describe('an index of resolutions', () => {
  it('finds each by identity, whatever their slots, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 400 }), (slots) => {
        const index = new ResolutionIndex<{ resolution: Resolution }>();
        const kept = slots.map((slot) => index.add({ resolution: ofSlot(slot) }));
        for (const one of kept) expect(index.find(one.resolution)).toBe(one);
        for (const slot of [0, ...slots]) expect(index.find(ofSlot(slot))).toBeUndefined();
        expect(new Set(index.all())).toEqual(new Set(kept));
        const rest = kept.filter((_, place) => place % 3 === 0);
        index.keep(rest);
        for (const [place, one] of kept.entries()) {
          expect(index.find(one.resolution)).toBe(place % 3 === 0 ? one : undefined);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('needs a number that no other resolution of the process has', () => {
    const tables = ['f', 'g'].map((key) => new ResolutionTable({ key, variants: { on: true } }));
    const made = tables.flatMap((table) => [
      table.of(null, 'on', 'STATIC'),
      table.of('r', 'on', 'SPLIT'),
      table.of('r', 'missing', 'SPLIT'),
      table.fail('r', 'TARGETING_KEY_MISSING', 'none'),
    ]);
    expect(new Set(made.map(({ slot }) => slot)).size).toBe(made.length);
  });
});
