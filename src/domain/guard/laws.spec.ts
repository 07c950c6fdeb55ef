import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binomial, judgeBy, parsedGuard, STEP, windowAt } from '../../../test/support/judging.js';
import { RATIO_GRID } from './accumulate.js';
import type { GuardRecord } from './guard-record.js';
import type { Verdict } from './judge.js';
import { poissonAbsLlr } from './poisson-abs-llr.js';
import type { MetricWindow } from './reading.js';
import { freshRecord } from './record.js';
import { countFor, seeded } from './seeded-counts.js';
import { splitLlr } from './split-llr.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const ratio = fc.constantFrom(...RATIO_GRID);
const margin = fc.double({ min: 1, max: 5, noNaN: true });
const size = fc.integer({ min: 1, max: 25 });

describe('evidence of one window', () => {
  it('is a fair bet or worse, whatever the baseline and the split, while the new arm is within the margin', () => {
    fc.assert(
      fc.property(fc.tuple(size, size, share, share, margin, ratio), ([nv, nc, p, less, r0, step]) => {
        const control = binomial(nc, p);
        const fresh = binomial(nv, Math.min(1, r0 * p * less));
        let mean = 0;
        for (const [xv, pv] of fresh.entries()) {
          for (const [xc, pc] of control.entries()) {
            const counts = { newBad: xv, newTotal: nv, controlBad: xc, controlTotal: nc };
            mean += pv * pc * Math.exp(splitLlr(counts, r0 * step, r0));
          }
        }
        expect(mean).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it('is a fair bet or worse while an absolute share is within its threshold', () => {
    fc.assert(
      fc.property(
        size,
        fc.double({ min: 1e-4, max: 0.99, noNaN: true }),
        share,
        ratio,
        (n, p0, less, step) => {
          const mean = binomial(n, p0 * less).reduce(
            (sum, chance, x) => sum + chance * Math.exp(poissonAbsLlr(x, n, p0, p0 * step)),
            0,
          );
          expect(mean).toBeLessThan(1 + 1e-9);
        },
      ),
    );
  });

  it('depends on the split of the traffic, not on its size, and adds up with the counts', () => {
    fc.assert(
      fc.property(fc.tuple(size, size, ratio, fc.integer({ min: 2, max: 50 })), ([xv, xc, step, times]) => {
        const counts = { newBad: xv, newTotal: 40, controlBad: xc, controlTotal: 300 };
        const once = splitLlr(counts, 1.2 * step, 1.2);
        const busier = { ...counts, newTotal: 40 * times, controlTotal: 300 * times };
        expect(splitLlr(busier, 1.2 * step, 1.2)).toBeCloseTo(once, 9);
        const more = { ...busier, newBad: xv * times, controlBad: xc * times };
        expect(splitLlr(more, 1.2 * step, 1.2) / times).toBeCloseTo(once, 9);
      }),
    );
  });

  it('is none without traffic in both arms', () => {
    expect(splitLlr({ newBad: 0, newTotal: 0, controlBad: 5, controlTotal: 50 }, 2, 1)).toBe(0);
    expect(splitLlr({ newBad: 5, newTotal: 50, controlBad: 0, controlTotal: 0 }, 2, 1)).toBe(0);
  });
});

const guard = parsedGuard({ margin: 1, phi: 1 });

function judged(record: GuardRecord, windows: readonly MetricWindow[], horizon = 3_600_000): Verdict {
  return judgeBy(guard, windows, { record, horizon });
}

describe('a guard that is shown windows again', () => {
  const arm = fc.option(
    fc.record({ bad: fc.integer({ min: 0, max: 9 }), total: fc.integer({ min: 0, max: 50 }) }),
  );
  const history = fc.array(fc.tuple(arm, arm), { minLength: 1, maxLength: 30 });
  const looks = fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 40 });

  it('ends where it would have ended had it seen each once', () => {
    fc.assert(
      fc.property(history, looks, (counts, slices) => {
        const windows = counts.map(([fresh, control], i) => windowAt(i, fresh, control));
        const once = windows.reduce((record, window) => judged(record, [window]).record, freshRecord(1, 0));
        let record = freshRecord(1, 0);
        for (const [from, length] of slices) {
          const seen = windows.filter(({ to }) => to <= record.watermark).length;
          record = judged(record, windows.slice(Math.min(from, seen), seen + length)).record;
        }
        while (record.watermark < once.watermark) {
          record = judged(
            record,
            windows.filter(({ to }) => to > record.watermark),
          ).record;
        }
        const when = { trip: once.trip && { ...once.trip, at: expect.any(Number) } };
        expect(record).toEqual({ ...once, ...when });
      }),
    );
  });
});

/** Number of the window that tripped, at `ratio` × the control's rate; undefined = none of `windows`. */
function tripOf(seed: number, { ratio, windows }: { ratio: number; windows: number }): number | undefined {
  const random = seeded(seed);
  let record = freshRecord(1, 0);
  for (let i = 0; i < windows; i += 1) {
    const drift = 1 + (9 * i) / windows;
    const fresh = { bad: countFor(0.25 * ratio * drift, random), total: 250 };
    const control = { bad: countFor(4.75 * drift, random), total: 4_750 };
    const verdict = judged(record, [windowAt(i, fresh, control)], windows * STEP);
    if (verdict.decision === 'trip') return i + 1;
    record = verdict.record;
  }
  return undefined;
}

describe('a guard that looks after every window, at 5 % and an error rate that rises tenfold', () => {
  const seeds = Array.from({ length: 300 }, (_, i) => 17 + i);

  it('closes a healthy version no more often than alpha says', () => {
    const alarms = seeds.filter((seed) => tripOf(seed, { ratio: 1, windows: 120 }) !== undefined).length;
    // 1 % of 300 is 3; 9 and more has a chance of 0.4 % there.
    expect(alarms).toBeLessThanOrEqual(8);
  });

  it('closes one that fails three times as often, half of them within two minutes', () => {
    const trips = seeds.slice(0, 100).map((seed) => tripOf(seed, { ratio: 3, windows: 120 }) ?? Infinity);
    expect(Math.max(...trips)).toBeLessThan(Infinity);
    expect(trips.sort((a, b) => a - b)[50]).toBeLessThanOrEqual(24);
  });
});
