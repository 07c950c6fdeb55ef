import { describe, expect, it } from '@jest/globals';
import { matchesEtag } from './etag.js';

describe('matchesEtag', () => {
  it.each([
    ['the tag itself', '"e.1"', true],
    ['a weak form of it', 'W/"e.1"', true],
    ['a list that holds it', '"x", W/"e.1"', true],
    ['any', '*', true],
    ['another', '"e.2"', false],
    ['the tag without quotes', 'e.1', false],
    ['nothing', '', false],
    ['no header', undefined, false],
  ])('%s: %s → %s', (_, header, expected) => {
    expect(matchesEtag(header, '"e.1"')).toBe(expected);
  });
});
