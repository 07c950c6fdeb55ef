import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rangeRegex } from './range-regex.js';

const buckets = Array.from({ length: 10_000 }, (_, bucket) => String(bucket).padStart(4, '0'));

function matched(from: number, to: number): string[] {
  const regex = new RegExp(`^(?:${rangeRegex(from, to)})$`);
  return buckets.filter((bucket) => regex.test(bucket));
}

/** The numbers that one pattern of digits, classes of digits and `\d{n}` fits, as [from, to). */
function spanOf(pattern: string): [number, number] {
  const whole = pattern.replace(/\\d\{(\d)\}/, (_, count) => '\\d'.repeat(Number(count)));
  const places = whole.match(/\\d|\[\d-?\d\]|\d/g) ?? [];
  if (places.join('') !== whole || places.length !== 4) throw new Error(`can't read ${pattern}`);
  const ends = places.map((place) => {
    const digits = place === '\\d' ? ['0', '9'] : (place.match(/\d/g) ?? []);
    return [digits[0], digits.at(-1)];
  });
  return [0, 1].map((end) => Number(ends.map((one) => one[end]).join('')) + end) as [number, number];
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

  it('writes every share [0, w) as at most four patterns that follow one another from 0 to w', () => {
    const wrong: number[] = [];
    for (let to = 1; to <= 10_000; to++) {
      const spans = rangeRegex(0, to).split('|').map(spanOf);
      const follows = spans.every(([from], index) => from === (spans[index - 1]?.[1] ?? 0));
      if (!follows || spans.at(-1)?.[1] !== to || spans.length > 4) wrong.push(to);
    }
    expect(wrong).toEqual([]);
  });

  it('matches exactly the buckets in [0, w)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (to) => {
        expect(matched(0, to)).toEqual(buckets.slice(0, to));
      }),
    );
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
