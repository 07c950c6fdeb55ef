import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retryAfter } from './retry-after.js';

const NOW = Date.parse('2026-11-26T12:00:00Z');

describe('retryAfter', () => {
  it.each<[string, string | undefined, number]>([
    ['no header', undefined, 0],
    ['seconds', '7', 7_000],
    ['seconds with space around', ' 7 ', 7_000],
    ['no wait at all', '0', 0],
    ['ten years in seconds', '315360000', 300_000],
    ['more digits than a number holds', '9'.repeat(400), 300_000],
    ['negative seconds', '-5', 0],
    ['broken seconds', '1.5', 0],
    ['a date', 'Thu, 26 Nov 2026 12:00:20 GMT', 20_000],
    ['the date form of RFC 850', 'Thursday, 26-Nov-26 12:00:20 GMT', 20_000],
    ['the date form of asctime', 'Thu Nov 26 12:00:20 2026', 20_000],
    ['a date in the past', 'Thu, 26 Nov 2026 11:00:00 GMT', 0],
    ['a date in ten years', 'Thu, 26 Nov 2036 12:00:00 GMT', 300_000],
    ['a day that does not exist', 'Thu, 99 Nov 2026 12:00:20 GMT', 0],
    ['a date of another form', '2026-11-26T12:00:20Z', 0],
    ['words', 'soon', 0],
    ['nothing', '', 0],
  ])('%s', (_, header, expected) => {
    expect(retryAfter(header, undefined, NOW)).toBe(expected);
  });

  it.each([
    ['an hour slow', 'Thu, 26 Nov 2026 13:00:00 GMT', 'Thu, 26 Nov 2026 13:00:05 GMT'],
    ['a day fast', 'Wed, 25 Nov 2026 12:00:00 GMT', 'Wed, 25 Nov 2026 12:00:05 GMT'],
  ])("takes a date against the server's own clock, though ours is %s", (_, date, header) => {
    expect(retryAfter(header, date, NOW)).toBe(5_000);
  });

  it('answers 0 to 300,000 ms whatever the headers say', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (header, date) => {
        const wait = retryAfter(header, date, NOW);
        expect(wait >= 0 && wait <= 300_000).toBe(true);
      }),
    );
  });
});
