import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VALUE_BOUNDS, valueBucket } from './value-bucket.js';

describe('valueBucket', () => {
  it.each([
    [-5, 0],
    [0, 0],
    [1 / 16, 0],
    [1, 8],
    [1.0001, 9],
    [2, 10],
    [2 ** 28, 64],
    [2 ** 28 + 1, 65],
    [Number.MAX_VALUE, 65],
  ])('counts %d in bucket %d', (value, bucket) => {
    expect(valueBucket(value)).toBe(bucket);
  });

  it('is the first bucket whose bound is not exceeded', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ noNaN: true, min: -10, max: 1e9 }), fc.constantFrom(...VALUE_BOUNDS)),
        (value) => {
          const first = VALUE_BOUNDS.findIndex((bound) => value <= bound);
          expect(valueBucket(value)).toBe(first < 0 ? VALUE_BOUNDS.length : first);
        },
      ),
    );
  });
});
