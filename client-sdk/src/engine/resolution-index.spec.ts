import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Resolution } from './resolution.js';
import { ResolutionIndex } from './resolution-index.js';
import { ResolutionTable } from './resolution-table.js';

function ofSerial(serial: number): Resolution {
  return Object.freeze({ value: true, variant: 'on', reason: 'STATIC', rule: null, slot: 0, serial });
}

describe('an index of resolutions', () => {
  it('finds each by identity, whatever their serials, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 400 }), (serials) => {
        const index = new ResolutionIndex();
        const added = serials.map((serial) => ofSerial(serial));
        expect(added.map((resolution) => index.add(resolution))).toEqual([...added.keys()]);
        expect(added.map((resolution) => index.find(resolution))).toEqual([...added.keys()]);
        expect(index.all).toEqual(added);
        for (const serial of [0, ...serials]) expect(index.find(ofSerial(serial))).toBe(-1);
      }),
      { numRuns: 200 },
    );
  });

  it('goes by a number that no other resolution of the process has', () => {
    const tables = ['f', 'g'].map((key) => new ResolutionTable({ key, variants: { on: true } }));
    const made = tables.flatMap((table) => [
      table.of(null, 'on', 'STATIC'),
      table.of('r', 'on', 'SPLIT'),
      table.of('r', 'missing', 'SPLIT'),
      table.fail('r', 'TARGETING_KEY_MISSING', 'none'),
    ]);
    expect(new Set(made.map(({ serial }) => serial)).size).toBe(made.length);
    expect(made.map(({ slot }) => slot)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });
});
