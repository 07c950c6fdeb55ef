import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BEFORE, ChunkSize } from './chunk-size.js';

const MINUTE = 60_000;

/** The samples of each of the first 40 answers about so many series, scraped so often (ms). */
function answers(size: ChunkSize, series: number, interval: number): number[] {
  return Array.from({ length: 40 }, () => {
    const span = size.chunk + size.before;
    const samples = series * Math.floor(span / interval);
    size.fit({ samples, span }, interval);
    return samples;
  });
}

describe('how much of a past is read at a time', () => {
  it.each([
    [4, 15_000, 4_500],
    [100, 5_000, 4_500],
    [900, 5_000, 900 * 24],
  ])('is a few thousand samples, or a minute and a half: %i series each %i ms', (series, interval, most) => {
    expect(Math.max(...answers(new ChunkSize(true), series, interval))).toBeLessThanOrEqual(most);
  });

  it('is half an hour at most, and never more than twice what it was', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.record({ samples: fc.nat(100_000), interval: fc.constantFrom(null, 5_000, 60_000) })),
        (shortly, looks) => {
          const size = new ChunkSize(shortly);
          for (const { samples, interval } of looks) {
            const before = size.chunk;
            size.fit({ samples, span: size.chunk + size.before }, interval);
            expect(size.chunk).toBeLessThanOrEqual(Math.min(30 * MINUTE, 2 * before));
            expect(size.chunk).toBeGreaterThanOrEqual(MINUTE);
            expect(size.before).toBeLessThanOrEqual(BEFORE);
          }
        },
      ),
    );
  });

  it('reaches back further until there is a window', () => {
    const size = new ChunkSize(true);
    for (let i = 0; i < 3; i += 1) size.fit({ samples: 1, span: MINUTE }, null);
    expect(size.before).toBe(BEFORE);
    size.fit({ samples: 1, span: MINUTE }, 15_000);
    expect(size.before).toBe(90_000);
  });

  it('stays below what was too large, down to a minute', () => {
    const size = new ChunkSize(true);
    for (let i = 0; i < 10; i += 1) size.fit({ samples: 0, span: MINUTE }, 5_000);
    expect(size.chunk).toBe(30 * MINUTE);
    expect(size.halve()).toBe(true);
    size.fit({ samples: 0, span: MINUTE }, 5_000);
    expect(size.chunk).toBe(15 * MINUTE);
    while (size.chunk > MINUTE) expect(size.halve()).toBe(true);
    expect(size.halve()).toBe(false);
  });
});
