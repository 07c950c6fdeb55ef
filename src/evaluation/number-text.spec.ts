import { describe, expect, it } from '@jest/globals';
import type { FlagType, Json } from '@tidegate/sdk/engine';
import fc from 'fast-check';
import { writeValue } from './number-text.js';

describe('writeValue', () => {
  it.each<[FlagType, Json, string]>([
    ['number', 10, '10.0'],
    ['number', -3, '-3.0'],
    ['number', 0, '0.0'],
    ['number', 0.5, '0.5'],
    ['number', 1e21, '1e+21'],
    ['number', 5e-7, '5e-7'],
    ['integer', 10, '10'],
    ['integer', -0, '0'],
    ['string', '10', '"10"'],
    ['boolean', true, 'true'],
    ['object', { a: 10 }, '{"a":10}'],
    ['object', [1], '[1]'],
  ])('writes a %s of %j as %s', (type, value, text) => {
    expect(writeValue(value, type)).toBe(text);
  });

  it('writes numbers that read back as the same, with a fraction or an exponent where declared so', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = writeValue(value, 'number');
        expect(JSON.parse(text)).toBe(Object.is(value, -0) ? 0 : value);
        expect(text).toMatch(/[.e]/);
      }),
    );
  });
});
