import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Contest,
  LONGEST_YIELD,
  meetEdit,
  MOST_REPAIRS,
  NO_CONTEST,
  repaired,
  WINDOW,
} from './contest.js';

/** What is done about edits seen at these times, ms. */
function play(times: readonly number[]): { at: number; act: string }[] {
  let contest: Contest = NO_CONTEST;
  return times.map((at) => {
    const met = meetEdit(contest, at);
    contest = met.act === 'repair' ? repaired(met.contest, at) : met.contest;
    return { at, act: met.act };
  });
}

const acts = (times: readonly number[]) => play(times).map(({ act }) => act);
const everySecond = (from: number, seconds: number) =>
  Array.from({ length: seconds }, (_, second) => from + second * 1_000);

/** Times of edits: in order, some close together and some far apart. */
const edits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 300_000 })), {
    maxLength: 300,
  })
  .map((gaps) => gaps.reduce<number[]>((times, gap) => [...times, (times.at(-1) ?? 0) + gap], []));

describe('an edit of somebody else', () => {
  it.each([
    ['is repaired at once', [0], ['repair']],
    [
      'is repaired after a wait where it comes back',
      [0, 100, 499, 500],
      ['repair', 'wait', 'wait', 'repair'],
    ],
    ['waits twice as long the next time', [0, 500, 1_400, 1_500], ['repair', 'repair', 'wait', 'repair']],
    ['is repaired at once a long time later', [0, WINDOW], ['repair', 'repair']],
  ])('%s', (_, times, expected) => {
    expect(acts(times)).toEqual(expected);
  });

  it('is left after so many repairs within a minute, and tried again a minute later', () => {
    const seen = play(everySecond(0, 90));
    const repairs = seen.filter(({ act }) => act === 'repair').map(({ at }) => at);
    expect(repairs).toEqual([0, 1_000, 2_000, 4_000, 8_000, 69_000]);
    expect(seen.find(({ act }) => act === 'yield')?.at).toBe(9_000);
  });

  it('that undoes that try as well is left for twice as long, up to a quarter of an hour', () => {
    const repairs = play(everySecond(0, 7_200)).filter(({ act }) => act === 'repair');
    const gaps = repairs.slice(MOST_REPAIRS - 1).map(({ at }, index, all) => (all[index + 1]?.at ?? at) - at);
    expect(gaps.slice(0, -1).map((gap) => Math.round(gap / 60_000))).toEqual([
      1, 2, 4, 8, 15, 15, 15, 15, 15, 15,
    ]);
  });

  it('begins anew when nobody has touched the table for long', () => {
    const later = 200_000 + LONGEST_YIELD;
    const seen = play([...everySecond(0, 80), ...everySecond(later, 10)]);
    expect(seen.filter(({ at, act }) => at >= later && act === 'repair').length).toBeGreaterThan(2);
  });

  it('is never repaired more often than so many times in any minute', () => {
    fc.assert(
      fc.property(edits, (times) => {
        const repairs = play(times).flatMap(({ at, act }) => (act === 'repair' ? [at] : []));
        for (const at of repairs)
          expect(repairs.filter((other) => other >= at && other < at + WINDOW).length).toBeLessThanOrEqual(
            MOST_REPAIRS,
          );
      }),
    );
  });

  it('is never left for longer than a quarter of an hour', () => {
    fc.assert(
      fc.property(edits, fc.integer({ min: 0, max: 1_000_000 }), (times, more) => {
        const last = (times.at(-1) ?? 0) + LONGEST_YIELD + more;
        expect(play([...times, last]).at(-1)?.act).toBe('repair');
      }),
    );
  });
});
