import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeWindows, STEP, windowAt } from '../../../test/support/judging.js';
import type { GuardInput } from '../guard.js';
import type { MetricWindow } from './reading.js';
import { addRecent, type Recent } from './recent.js';

/** Two healthy hours, and then some windows in which so many of the new arm's hundred are bad. */
function turned(windows: number, newBad: number): MetricWindow[] {
  const healthy = Array.from({ length: 1_440 }, (_, i) =>
    windowAt(i, { bad: i % 2, total: 100 }, { bad: 5, total: 1_000 }),
  );
  const after = Array.from({ length: windows }, (_, i) =>
    windowAt(healthy.length + i, { bad: newBad, total: 100 }, { bad: 5, total: 1_000 }),
  );
  return [...healthy, ...after];
}

describe('the words of a trip', () => {
  it.each<[string, Partial<GuardInput>, RegExp]>([
    [
      'a margin',
      { margin: 1.2 },
      /^errors 1\d\.\d× control in the last \d+ s \(\d+ seen vs [\d.]+ expected, odds [\d,]+:1; 1\.0× in all\)$/,
    ],
    [
      'a threshold',
      { threshold: 0.02 },
      /^errors 9 % against at most 2 % in the last \d+ s \(\d+ of \d+, odds [\d,]+:1; 0\.\d+ % in all\)$/,
    ],
    [
      'a margin with a floor',
      { margin: 1.2, threshold: 0.02 },
      /^errors 1\d\.\d× control and [89](?:\.\d)? % against at most 2 % in the last \d+ s \(\d+ seen vs [\d.]+ expected, odds [\d,]+:1; 1\.1× in all\)$/,
    ],
  ])('tell of the windows that decided, and of all: of %s', (_, guard, words) => {
    const { decision, evidence } = judgeWindows(turned(20, 9), { guard, horizon: 1e9 });
    expect(decision).toBe('trip');
    expect(evidence.words).toMatch(words);
    expect(evidence.recent).toMatchObject({
      newTotal: (evidence.recent?.windows ?? 0) * 100,
    });
  });

  it('tell of all there was where it was bad from the beginning', () => {
    const { evidence } = judgeWindows([windowAt(0, { bad: 40, total: 100 }, { bad: 5, total: 1_000 })], {
      guard: { margin: 1.2 },
    });
    expect(evidence.words).toMatch(/^errors 80\.0× control \(40 seen vs 0\.5 expected, odds [\w ,]+:1\)$/);
  });
});

describe('the recent windows', () => {
  const said = fc.record({ llr: fc.double({ min: -5, max: 5, noNaN: true }), bad: fc.nat(9) });

  it('say something against the new arm together, from each of them on, and nothing of them is left out', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 40 }), (all) => {
        const counts = (bad: number): Recent['sums'] => ({
          newBad: bad,
          newTotal: 9,
          controlBad: 0,
          controlTotal: 9,
        });
        const recent = all.reduce<Recent | null>(
          (before, { llr, bad }, i) =>
            addRecent(before, { from: i * STEP }, { llr, counts: counts(bad), expected: 1 }),
          null,
        );
        if (recent === null) return;
        const own = all.slice(all.length - recent.windows);
        expect(recent.since).toBe((all.length - recent.windows) * STEP);
        expect(recent.expected).toBe(recent.windows);
        expect(recent.sums.newBad).toBe(own.reduce((sum, { bad }) => sum + bad, 0));
        let score = 0;
        for (const { llr } of own) expect((score += llr)).toBeGreaterThan(0);
      }),
    );
  });
});
