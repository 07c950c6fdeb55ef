import { describe, expect, it } from '@jest/globals';
import {
  type ArmPair,
  FAILING,
  HEALTHY,
  judgeStrictly,
  judgeWindows,
  STEP,
  told,
  windowsFrom,
} from '../../../test/support/judging.js';
import type { Verdict } from './judge.js';
import { freshRecord } from './record.js';

describe('a window', () => {
  const windows = windowsFrom(0, HEALTHY, [
    [2, 100],
    [3, 1_000],
  ]);
  const first = judgeStrictly(windows).record;

  it('is applied once: the same reading again changes nothing', () => {
    expect(judgeStrictly(windows, { record: first }).record).toBe(first);
    expect(judgeStrictly(windows.slice(0, 1), { record: first }).record).toBe(first);
  });

  it('that is new counts, though old ones stand before it', () => {
    const one = judgeStrictly(windows.slice(0, 1)).record;
    expect(judgeStrictly(windows, { record: one }).record).toEqual(first);
  });

  it('gives the same evidence read one by one and all at once', () => {
    const one = judgeStrictly(windows.slice(0, 1)).record;
    const both = judgeStrictly(windows.slice(1), { record: one }).record;
    expect(both).toEqual(first);
  });

  it('that begins before the watermark is left to be read again, with all after it', () => {
    const odd = windowsFrom(first.watermark - 1_000, FAILING, FAILING);
    expect(judgeStrictly(odd, { record: first })).toMatchObject({ decision: 'go', record: first });
  });

  it('leaves the usual length of its source in the record; a reading without windows says nothing of it', () => {
    const { record } = judgeStrictly(windows, { reading: { windowLength: 7_000 } });
    expect(record.windowLength).toBe(7_000);
    const none = judgeStrictly([], {
      record,
      reading: { windowLength: 15_000, watermark: record.watermark + 1 },
    });
    expect(none.record.windowLength).toBe(7_000);
  });

  it('moves the watermark even when it says nothing', () => {
    const idle = judgeStrictly(windowsFrom(0, [null, null]));
    expect(idle.record).toMatchObject({ watermark: STEP, windows: 0, spent: 0, dataAt: null });
    const empty = judgeStrictly([], { reading: { watermark: 7_000, lost: 500 } });
    expect(empty.record).toMatchObject({ watermark: 7_000, lost: 500 });
  });
});

describe('no control', () => {
  const apart = judgeStrictly(null, { situation: { comparable: false } }).record;

  it('gathers nothing and spends no mass', () => {
    const { record } = judgeStrictly(windowsFrom(0, FAILING), { situation: { comparable: false } });
    expect(record).toEqual({ ...freshRecord(1, 0), state: 'no-control' });
  });

  it('ends with a step: what happened before that step never counts', () => {
    const step = { startedAt: 60_000, holdMs: 60_000 };
    const turned = judgeStrictly(windowsFrom(0, FAILING), { record: apart, situation: { step } });
    expect(told(turned)).toBe('warming: hold');
    expect(turned.record).toMatchObject({ madeAt: 60_000, watermark: 60_000, windows: 0 });
  });
});

describe('more bad events than total', () => {
  const early = [
    [3, 2],
    [0, 10],
  ] as const;
  const held = judgeStrictly(windowsFrom(0, early)).record;

  it('are kept back in the record, and judged with the next window', () => {
    expect(held).toMatchObject({ windows: 0, watermark: STEP, carry: { merged: 1 } });
    const { record } = judgeStrictly(
      windowsFrom(STEP, [
        [0, 8],
        [0, 10],
      ]),
      { record: held },
    );
    expect(record).toMatchObject({ windows: 1, carry: null });
    expect(record.sums).toEqual({ newBad: 3, newTotal: 10, controlBad: 0, controlTotal: 20 });
  });

  it('are no quiet time while they are kept back', () => {
    expect(held.lastBadAt).toBe(STEP);
    const idle = judgeStrictly(
      windowsFrom(0, [
        [0, 2],
        [0, 10],
      ]),
    ).record;
    expect(idle.lastBadAt).toBeNull();
  });

  it('are not counted twice when their window is read again', () => {
    expect(judgeStrictly(windowsFrom(0, early), { record: held }).record).toBe(held);
  });
});

describe('a new arm of which each exposure fails several times, counted by events', () => {
  const ON_EVENTS = {
    guard: { source: 'events', template: null, margin: 1.2, events: { flag: 'f', bad: 'failed' } },
  } as const;
  const REPEATED: ArmPair = [
    [900, 300],
    [1, 300],
  ];
  /** Verdicts of each window in turn, the record handed on. */
  const played = (pairs: readonly ArmPair[]): Verdict[] => {
    const verdicts: Verdict[] = [];
    for (const window of windowsFrom(0, ...pairs))
      verdicts.push(
        judgeWindows([window], { ...ON_EVENTS, ...(verdicts.at(-1) && { record: verdicts.at(-1)!.record }) }),
      );
    return verdicts;
  };
  const repeated = (count: number): ArmPair[] => Array.from({ length: count }, () => REPEATED);

  it('is found with its second window, from the first on', () => {
    const [first, second] = played(repeated(2));
    expect(told(first!)).toBe('warming: hold');
    expect(first?.record.trouble).toBe(
      'more failures than exposures, held back in case the rest of these is late',
    );
    expect(told(second!)).toBe('tripped: trip');
  });

  it('is found with its second window after a healthy time, and the guard is never blind', () => {
    const healthy = Array.from({ length: 20 }, () => HEALTHY);
    const verdicts = played([...healthy, ...repeated(2)]);
    expect(verdicts.map(({ state }) => state)).not.toContain('blind');
    expect(verdicts.at(-2)?.evidence.words).toContain('more failures than exposures, held back');
    expect(told(verdicts.at(-1)!)).toBe('tripped: trip');
  });

  it('is said to have had more than were counted', () => {
    const { evidence } = played(repeated(2)).at(-1)!;
    expect(evidence).toMatchObject({ newBad: 600, newTotal: 600 });
    expect(evidence.words).toContain('; 1,200 failures beyond the exposures are left out');
  });

  it('is not blind while it waits for a minute, as both arms fail so, and is when nothing more comes', () => {
    const both: ArmPair = [
      [900, 300],
      [900, 300],
    ];
    const verdicts = played([HEALTHY, ...Array.from({ length: 11 }, () => both)]);
    expect(verdicts.map(({ state }) => state)).toEqual(Array.from({ length: 12 }, () => 'ok'));
    const { record } = verdicts.at(-1)!;
    const later = judgeWindows([], { ...ON_EVENTS, record, situation: { now: record.watermark + 4 * STEP } });
    expect(later.record).toMatchObject({ state: 'blind', troubleCode: 'NO_DATA' });
  });
});
