import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retryDelay, sleep } from './delay.js';

describe('retryDelay', () => {
  it.each([
    [1, 0, 250],
    [1, 0.5, 375],
    [2, 0, 500],
    [3, 0, 1_000],
    [1_000, 0, 15_000],
  ])('attempt %i drawn at %d waits %d ms', (attempt, drawn, expected) => {
    expect(retryDelay(attempt, 500, () => drawn)).toBe(expected);
  });

  it('never waits longer than 30 s nor less than half of the base', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 10, max: 30_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, base, drawn) => {
          const delay = retryDelay(attempt, base, () => drawn);
          expect(delay).toBeGreaterThanOrEqual(base / 2);
          expect(delay).toBeLessThanOrEqual(30_000);
        },
      ),
    );
  });
});

describe('ten thousand clients that are cut off together', () => {
  /** When each comes back for the `attempt`-th time, drawn from one seed. */
  const returns = (attempt: number, base: number, seed: number): number[] => {
    const random = mulberry32(seed);
    return Array.from({ length: 10_000 }, () => retryDelay(attempt, base, random));
  };

  it('come back spread evenly over half of the delay, whichever attempt it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 10, max: 30_000 }),
        fc.integer(),
        (attempt, base, seed) => {
          const delays = returns(attempt, base, seed);
          const full = Math.min(30_000, base * 2 ** (attempt - 1));
          const slots = Array.from({ length: 20 }, () => 0);
          for (const delay of delays) {
            const slot = Math.floor(((delay - full / 2) / (full / 2)) * 20);
            slots[slot] = (slots[slot] ?? 0) + 1;
          }
          expect(slots).toHaveLength(20);
          // 500 each were even; six standard deviations are 131
          for (const many of slots) expect(Math.abs(many - 500)).toBeLessThan(150);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are ever further apart, as long as the server is away', () => {
    const spread = [1, 3, 5, 7].map((attempt) => {
      const delays = returns(attempt, 500, 7);
      return Math.max(...delays) - Math.min(...delays);
    });
    expect(spread).toEqual([...spread].sort((a, b) => a - b));
    expect(spread.at(-1)).toBeGreaterThan(14_000);
  });
});

/** Numbers in [0, 1) that a seed decides. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('sleep', () => {
  it('ends at once when its signal aborts, before or during', async () => {
    const controller = new AbortController();
    const asleep = sleep(3_600_000, controller.signal);
    controller.abort();
    await asleep;
    await sleep(3_600_000, controller.signal);
  });
});
