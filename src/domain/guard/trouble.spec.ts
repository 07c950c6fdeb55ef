import { describe, expect, it } from '@jest/globals';
import { judgeWindows, type Judged, STEP, windowAt } from '../../../test/support/judging.js';
import type { MetricWindow } from './reading.js';
import { troubleIn, SourceFault, type TroubleCode } from './trouble.js';

const arm = (bad: number, total = 100): MetricWindow['new'] => ({ bad, total });
const fine = windowAt(0, arm(1), arm(1));
const burn = (short: number): Judged['guard'] => ({
  kind: 'burn',
  burn: { slo: 0.99, pairs: [{ long: 300, short, rate: 10 }] },
});

describe('the trouble of a guard', () => {
  it.each<[string, readonly MetricWindow[], Judged, string, TroubleCode | undefined]>([
    ['nothing', [fine], { guard: { margin: 2 } }, 'ok', undefined],
    ['no traffic yet', [windowAt(0, null, arm(1))], { guard: { margin: 2 } }, 'warming', 'WARMING'],
    [
      'what its source says',
      [],
      { guard: { margin: 2 }, reading: { unknown: 'no answer', code: 'NO_ANSWER' } },
      'blind',
      'NO_ANSWER',
    ],
    ['a count below 0', [windowAt(0, arm(-1), arm(1))], { guard: { margin: 2 } }, 'blind', 'BAD_COUNT'],
    ['no histogram', [fine], { guard: { kind: 'latency', margin: 2 } }, 'blind', 'BAD_HISTOGRAM'],
    [
      'a histogram without the bound that it watches',
      [windowAt(0, { ...arm(0), buckets: [90, 10] } as MetricWindow['new'], null, [100])],
      { guard: { kind: 'latency', margin: 2, latency: { bounds: [250] } } },
      'blind',
      'BOUNDS_DIFFER',
    ],
    ['a mean without sums', [fine], { guard: { kind: 'mean', margin: 1.1 } }, 'blind', 'BAD_ANSWER'],
    [
      'a burn over less than a scrape',
      [fine],
      { guard: burn(10), reading: { windowLength: 15_000 } },
      'blind',
      'SPAN_TOO_SHORT',
    ],
    [
      'a burn over a scrape that comes late',
      [fine],
      { guard: burn(10), reading: { windowLength: 10_800 } },
      'ok',
      undefined,
    ],
    [
      'a topline over less than a scrape',
      [fine],
      { guard: { kind: 'topline', topline: { slo: 0.99, within: 30 } }, reading: { windowLength: 60_000 } },
      'blind',
      'SPAN_TOO_SHORT',
    ],
  ])('is told by a code: %s', (_, windows, judged, state, code) => {
    const { record } = judgeWindows(windows, judged);
    expect([record.state, record.troubleCode]).toEqual([state, code]);
    expect(record.trouble === '').toBe(code === undefined);
  });

  it('says how long is long enough, and nothing while no window has told', () => {
    const { record } = judgeWindows([fine], { guard: burn(10), reading: { windowLength: 15_000 } });
    expect(record).toMatchObject({
      windows: 0,
      watermark: 0,
      trouble: expect.stringContaining('burn.short of 10 s'),
    });
    const still = judgeWindows([], { guard: burn(10), record });
    expect(still.record).toMatchObject({ state: 'blind', troubleCode: 'SPAN_TOO_SHORT' });
    const { record: early } = judgeWindows([], { guard: burn(10), reading: { windowLength: 15_000 } });
    expect(early.troubleCode).toBe('WARMING');
  });

  it.each<[string, readonly MetricWindow[], Judged['guard'], TroubleCode]>([
    ['a count below 0', [windowAt(0, arm(-1), arm(1))], { margin: 2 }, 'BAD_COUNT'],
    ['no histogram', [fine], { kind: 'latency', margin: 2 }, 'BAD_HISTOGRAM'],
    ['no values of its label', [fine], { margin: 2, strata: { label: 'region' } }, 'BAD_STRATA'],
  ])('of windows stays while the next answer is on its way: %s', (_, windows, guard, code) => {
    const { record } = judgeWindows(windows, { guard });
    const meanwhile = judgeWindows([], { guard, record });
    expect(meanwhile.record).toBe(record);
    expect(meanwhile.record).toMatchObject({ state: 'blind', troubleCode: code, watermark: 0 });
    const nothing = judgeWindows([], { guard, record, reading: { watermark: STEP } });
    expect(nothing.record.troubleCode).toBe('WARMING');
  });

  it('goes when a window comes that can be judged', () => {
    const { record } = judgeWindows([], {
      guard: { margin: 2 },
      reading: { unknown: 'no', code: 'NO_ANSWER' },
    });
    const after = judgeWindows([windowAt(0, arm(1), arm(1))], { guard: { margin: 2 }, record });
    expect(after.record).toMatchObject({ state: 'ok', trouble: '' });
    expect(JSON.stringify(after.record)).not.toContain('troubleCode');
    expect(after.record.watermark).toBe(STEP);
  });
});

describe('an error of a source', () => {
  it('comes to its own code, or to the one that is given', () => {
    expect(troubleIn(new SourceFault('BAD_TIMES', 'twice'))).toEqual({ code: 'BAD_TIMES', words: 'twice' });
    expect(troubleIn(new Error('gone'))).toEqual({ code: 'UNREACHABLE', words: 'gone' });
    expect(troubleIn('gone', 'NO_SOURCE')).toEqual({ code: 'NO_SOURCE', words: 'gone' });
  });
});
