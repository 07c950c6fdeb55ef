import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type EvidenceCurve, grownCurve } from './evidence-curve.js';
import type { GuardRecord } from './guard-record.js';
import { freshRecord } from './record.js';

const LINE = Math.log(100);

/** A guard's record after so many windows of 5 s, each with one bad of ten in the new arm and none of ninety in the control. */
function after(windows: number, logE: number | null, given: Partial<GuardRecord> = {}): GuardRecord {
  const sums = { newBad: windows, newTotal: 10 * windows, controlBad: 0, controlTotal: 90 * windows };
  return { ...freshRecord(1, 0), basis: 'b', windows, logE, sums, watermark: windows * 5_000, ...given };
}

const grown = (records: readonly GuardRecord[], from: EvidenceCurve | null = null): EvidenceCurve | null =>
  records.reduce<EvidenceCurve | null>((curve, record) => grownCurve(curve, record, LINE), from);

describe('the curve of a guard', () => {
  it('is nothing while nothing was judged, and begins with the first window', () => {
    expect(grown([after(0, null)])).toBeNull();
    expect(grown([after(1, 0.5)])?.points).toEqual([
      { at: 5_000, logE: 0.5, tripLine: 4.6052, newBad: 1, newTotal: 10, controlBad: 0, controlTotal: 90 },
    ]);
  });

  it('stays the very same while no point is due', () => {
    const first = grown([after(1, 0)]);
    expect(grown([after(2, 0.1)], first)).toBe(first);
    expect(grown([after(1, 9)], first)).toBe(first);
  });

  it.each([
    ['a minute later', after(13, 0.1)],
    ['when the evidence jumps', after(2, 1.6)],
    ['when it falls', after(2, -1.6)],
    ['when it trips', after(2, 0.2, { trip: { at: 1, evidence: {} } })],
  ])('has a point %s', (_, next) => {
    const curve = grown([after(1, 0), next]);
    expect(curve?.points).toHaveLength(2);
    expect(curve?.points[1]).toMatchObject({ at: next.watermark, newBad: next.windows - 1 });
  });

  it.each([
    ['another run', after(1, 0, { run: 2 })],
    ['other settings', after(1, 0, { basis: 'c' })],
    ['a reset', after(1, 0)],
  ])('begins anew with %s', (_, next) => {
    const before = grown([after(1, 0), after(13, 1), after(26, 2)]);
    expect(grown([next], before)?.points).toHaveLength(1);
  });

  it('begins anew when a latch was opened, also where no window was lost', () => {
    const tripped = grown([after(3, 5, { trip: { at: 1, evidence: {} } })]);
    expect(grown([after(9, 0)], tripped)?.points).toHaveLength(1);
  });

  it('has at most 64 points, all counts and every peak, however long it runs', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            more: fc.integer({ min: 1, max: 50 }),
            logE: fc.double({ min: -5, max: 4, noNaN: true }),
          }),
          {
            minLength: 1,
            maxLength: 300,
          },
        ),
        (steps) => {
          let windows = 0;
          const records = steps.map(({ more, logE }) => after((windows += more), logE));
          const curve = grown(records);
          const points = curve?.points ?? [];
          expect(points.length).toBeLessThanOrEqual(64);
          expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).sort((a, b) => a - b));
          expect(points.reduce((sum, { newBad }) => sum + newBad, 0)).toBe(curve?.sums.newBad);
        },
      ),
    );
  });

  it('has half as many points, and each for twice as long, once there are too many', () => {
    const curve = grown(Array.from({ length: 65 }, (_, i) => after(12 * (i + 1), i === 30 ? 4 : 0)));
    expect(curve?.points).toHaveLength(33);
    expect(curve?.stride).toBe(120_000);
    expect(Math.max(...(curve?.points ?? []).map(({ logE }) => logE ?? 0))).toBe(4);
  });
});
