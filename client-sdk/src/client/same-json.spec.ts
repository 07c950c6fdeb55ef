import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sameJson } from './same-json.js';

describe('sameJson', () => {
  const json = fc.jsonValue({ maxDepth: 3 });

  it('says of JSON what Node says of it', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        // -0 is not kept by JSON
        expect(sameJson(a, b)).toBe(
          isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))),
        );
        expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
    );
  });

  it.each<[unknown, unknown]>([
    [{ a: 1 }, { b: 1 }],
    [{ a: undefined }, { b: undefined }],
    [[1, 2], [1]],
    [[], {}],
    [null, {}],
    [{ toString: 1 }, {}],
    [1, '1'],
  ])('tells %j from %j', (a, b) => {
    expect(sameJson(a, b)).toBe(false);
    expect(sameJson(b, a)).toBe(false);
  });
});
