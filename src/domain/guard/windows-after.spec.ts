import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeWindows, STEP, windowAt } from '../../../test/support/judging.js';
import type { MetricWindow } from './reading.js';

const guard = { margin: 1.2, phi: 1 };
const counts = fc.record({ bad: fc.integer({ min: 0, max: 5 }), total: fc.integer({ min: 5, max: 500 }) });
const told = fc
  .array(fc.record({ fresh: counts, control: counts }), { minLength: 1, maxLength: 12 })
  .map((all) => all.map(({ fresh, control }, i) => windowAt(i, fresh, control)));

describe('windows that a source tells more than once', () => {
  it('count once, within one reading as well', () => {
    fc.assert(
      fc.property(told, fc.array(fc.nat(), { maxLength: 8 }), (windows, again) => {
        const twice = windows.flatMap((window, i) => (again.includes(i) ? [window, window] : [window]));
        const watermark = windows.length * STEP;
        const of = (all: readonly MetricWindow[]) => judgeWindows(all, { guard, reading: { watermark } });
        expect(of(twice)).toEqual(of(windows));
        expect(of([...windows, ...windows])).toEqual(of(windows));
      }),
    );
  });

  it('count once where the reading says that it got less far than its last window', () => {
    const windows = [0, 1, 2].map((i) => windowAt(i, { bad: 0, total: 50 }, { bad: 1, total: 100 }));
    const first = judgeWindows(windows, { guard, reading: { watermark: 2 * STEP } });
    expect(first.record).toMatchObject({ windows: 3, watermark: 3 * STEP });
    const later = judgeWindows(windows.slice(2), { guard, record: first.record });
    expect(later.record.windows).toBe(3);
  });

  it('and one that overlaps the one before it is left out', () => {
    const arms = [
      { bad: 1, total: 50 },
      { bad: 1, total: 100 },
    ] as const;
    const overlapping = { from: STEP / 2, to: 2 * STEP, new: arms[0], control: arms[1] };
    const { record } = judgeWindows([windowAt(0, ...arms), overlapping, windowAt(2, ...arms)], { guard });
    expect(record).toMatchObject({ windows: 2, sums: { newTotal: 100, controlTotal: 200 } });
  });
});
