import { describe, expect, it } from '@jest/globals';
import { rangeRegex } from './range-regex.js';

const buckets = Array.from({ length: 10_000 }, (_, bucket) => String(bucket).padStart(4, '0'));

function matched(from: number, to: number): string[] {
  const regex = new RegExp(`^(?:${rangeRegex(from, to)})$`);
  return buckets.filter((bucket) => regex.test(bucket));
}

describe('rangeRegex', () => {
  it.each([
    [0, 1500, String.raw`0\d{3}|1[0-4]\d{2}`],
    [0, 10_000, String.raw`\d{4}`],
    [0, 500, String.raw`0[0-4]\d{2}`],
    [0, 1, '0000'],
    [9_999, 10_000, '9999'],
    [500, 2_000, String.raw`0[5-9]\d{2}|1\d{3}`],
    [1_234, 1_236, '123[45]'],
  ])('writes [%i, %i) as %s', (from, to, regex) => {
    expect(rangeRegex(from, to)).toBe(regex);
  });

  it('matches the buckets below every boundary, and no other', () => {
    const wrong: number[] = [];
    for (let to = 1; to <= 10_000; to++) {
      const below = new RegExp(`^(?:${rangeRegex(0, to)})$`);
      if (!below.test(buckets[to - 1] ?? 'none') || below.test(buckets[to] ?? 'none')) wrong.push(to);
    }
    expect(wrong).toEqual([]);
  });

  it('matches every bucket of a range and no other, for ranges between all sorts of boundaries', () => {
    const cuts = [0, 1, 9, 10, 11, 99, 100, 101, 950, 999, 1_000, 1_001, 1_234, 5_000, 8_765, 9_999, 10_000];
    for (const from of cuts) {
      for (const to of cuts.filter((cut) => cut > from)) {
        expect(matched(from, to)).toEqual(buckets.slice(from, to));
      }
    }
  });

  it('needs at most seven alternatives', () => {
    let most = 0;
    for (let from = 0; from < 10_000; from += 37) {
      for (let to = from + 1; to <= 10_000; to += 41) {
        most = Math.max(most, rangeRegex(from, to).split('|').length);
      }
    }
    expect(most).toBeLessThanOrEqual(7);
  });
});
