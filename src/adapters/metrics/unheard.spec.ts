import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ScrapeTarget, silence } from './scrape-target.js';
import { unheardFor } from './unheard.js';

/** A target that is scraped each 5 s, at these times. */
function target(...scrapes: readonly number[]): ScrapeTarget {
  const inOrder = scrapes.map((at) => at * 1_000);
  return { scrapes: inOrder, newest: inOrder.at(-1) ?? 0, interval: 5_000 };
}

const seconds = (targets: readonly ScrapeTarget[], from = 0, to = 100): number =>
  unheardFor(targets, { from: from * 1_000, to: to * 1_000 }) / 1_000;

describe('the time in which nobody was heard', () => {
  it.each<[string, number, number]>([
    ['one target, always there', seconds([target(0, 5, 10, 15)]), 0],
    ['a missed scrape: the next one has it all', seconds([target(0, 5, 15, 20)]), 0],
    ['one that comes back after a silence', seconds([target(0, 5, 40, 45)]), 35],
    ['all of it before the span', seconds([target(0, 5, 40, 45)], 40), 0],
    ['not all of it in the span', seconds([target(0, 5, 40, 45)], 10, 30), 20],
    ['two of them, one after the other', seconds([target(0, 20, 25, 60)]), 55],
    ['one that never comes back', seconds([target(0, 5)]), 0],
    ['one that is replaced by another after a while', seconds([target(0, 5), target(40, 45)]), 0],
    ['another was there meanwhile', seconds([target(0, 5, 40), target(0, 5, 10, 15, 20, 25, 30, 35, 40)]), 0],
    ['another came back sooner', seconds([target(0, 5, 40), target(3, 8, 30, 35, 40)]), 22],
    ['another came back sooner, and is due again', seconds([target(0, 5, 33), target(0, 5, 30)]), 25],
    ['nobody at all', seconds([]), 0],
  ])('%s', (_, told, expected) => expect(told).toBe(expected));

  const times = fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 15 });
  const some = fc.array(
    times.map((all) => target(...all.toSorted((a, b) => a - b))),
    { maxLength: 5 },
  );

  it('is what is told second by second', () => {
    fc.assert(
      fc.property(some, (targets) => {
        const unheard = Array.from({ length: 130 }, (_, second) => second * 1_000 + 500).filter((at) =>
          isUnheard(targets, at),
        );
        expect(seconds(targets, 0, 130)).toBe(unheard.length);
      }),
    );
  });

  it('adds up, wherever the span is cut', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 120 }), (targets, cut) => {
        expect(seconds(targets, 0, cut) + seconds(targets, cut, 130)).toBe(seconds(targets, 0, 130));
      }),
    );
  });
});

function isUnheard(targets: readonly ScrapeTarget[], at: number): boolean {
  const spans = targets.map((one) => {
    const next = one.scrapes.findIndex((scrape) => scrape > at);
    const [from, to] = [one.scrapes[next - 1], one.scrapes[next]];
    if (next === -1) return at < one.newest + one.interval ? 'heard' : 'gone';
    if (from === undefined || to === undefined) return 'gone';
    return to - from > silence(one) ? 'away' : 'heard';
  });
  return spans.includes('away') && !spans.includes('heard');
}
