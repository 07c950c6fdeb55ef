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

describe('sleep', () => {
  it('ends at once when its signal aborts, before or during', async () => {
    const controller = new AbortController();
    const asleep = sleep(3_600_000, controller.signal);
    controller.abort();
    await asleep;
    await sleep(3_600_000, controller.signal);
  });
});
