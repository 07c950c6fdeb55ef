import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { patternFault } from './pattern-fault.js';

describe('patternFault', () => {
  it.each([
    '^a+$',
    '@acme\\.com$',
    '^[\\w.+-]+@acme\\.com$',
    '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$',
    '^(?:[a-z]+-)*[a-z]+$',
    '^(eu|us)-(west|east)-\\d+$',
    '^(a|b)*$',
    '^(a|b+)$',
    '(foo|bar|baz)+',
    'Android (1[0-4]|[5-9])',
    'Chrome/(8[5-9]|9[0-9]|1[0-9]{2})\\.',
    '^(?:[0-9a-f]{4}-){4}[0-9a-f]{12}$',
    '^foo.*bar$',
    'a.*',
    '.*',
    '\\bbeta\\b',
    '^\\p{L}+x',
    '^(?<name>a)',
    'a{1,50}b',
    '😀+',
  ])('takes %s', (pattern) => {
    expect(patternFault(pattern)).toBeNull();
  });

  it.each([
    '(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '^((ab)*)+$',
    '^(?:\\w+\\s?)*$',
    '^\\d+\\d+$',
    '^(?:a?){25}a{25}',
    '^(.*)(.*)x',
    '^a(?:(?:b+)+c)?',
    '^a|b+$',
    '.*a',
    '\\s+$',
    'foo.*bar',
    '[\\w.+-]+@acme\\.com',
    '[\\p{Lu}]+[\\p{Lu}\\d]+x',
    'a{1,400}b',
  ])('refuses %s, which can take more than linear time', (pattern) => {
    expect(patternFault(pattern)).toMatch(/more than linear time/);
  });

  it.each([
    ['(?:a', /JavaScript/],
    ['[[:alpha:]]', /JavaScript/],
    ['(?i)a', /JavaScript/],
    ['a{2,1}', /JavaScript/],
    ['(?=a)b', /RE2/],
    ['(a)\\1', /RE2/],
    ['(?<!a)b', /RE2/],
    ['[^]', /RE2/],
    ['\\u{1F600}', /RE2/],
    ['a{2000}', /RE2/],
    ['^(?:abc){900}', /smaller counts/],
    ['^(?:a?){900}', /smaller counts/],
  ])('refuses %s', (pattern, reason) => {
    expect(patternFault(pattern)).toMatch(reason);
  });

  it('has a verdict on any text, however nasty, and the same one again', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '[ab]',
      '\\d',
      '(?:',
      '(',
      ')',
      ')*',
      ')+',
      '){2,}',
      '|',
      '*',
      '?',
      '^',
      '$',
      '{3}',
      '\\b',
      '\\p{L}',
    );
    const pattern = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    fc.assert(
      fc.property(pattern, (text) => {
        const verdict = patternFault(text);
        expect(verdict === null || verdict.length > 0).toBe(true);
        expect(patternFault(text)).toBe(verdict);
      }),
      { numRuns: 300 },
    );
  });
});
