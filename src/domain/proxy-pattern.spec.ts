import { describe, expect, it } from '@jest/globals';
import { fitsProxy } from './proxy-pattern.js';

describe('a pattern that fits a proxy', () => {
  it.each([
    '(?:.*,)?checkout=(?:0[5-9]\\d{2}|1[0-6]\\d{2}|17[0-2]\\d|173[0-3])(?:,.*)?',
    '.*(?:^[a-zA-Z0-9._%+-]{1,64}@example\\.com$).*',
    '(?:.*; ?)?lab=[^;]*(?:;.*)?',
    `.*${'x'.repeat(500)}.*`,
    '\\P{L}{500}',
  ])('is %s', (pattern) => {
    expect(fitsProxy(pattern)).toBe(true);
  });

  // Envoy 1.40 reported 18 and 20 instructions for each repetition of these classes.
  it.each(['[acegikmoqsuwyACEGIKMOQSUWY02468]', '[^acegikmoqsuwyACEGIKMOQSUWY02468]'])(
    'is not %s, two thousand times',
    (read) => {
      expect(fitsProxy(`${read}{1000}${read}{1000}`)).toBe(false);
    },
  );

  it('is not one made of many that fit alone', () => {
    const one = `.*(?:${'ab?'.repeat(100)}).*`;
    expect(fitsProxy(one)).toBe(true);
    expect(fitsProxy(Array.from({ length: 20 }, (_, index) => `(?:${one}${index})`).join('|'))).toBe(false);
  });
});
