import { describe, expect, it } from '@jest/globals';
import { FAILING, HEALTHY, judgeStrictly, told, STEP, windowsFrom } from '../../../test/support/judging.js';
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
