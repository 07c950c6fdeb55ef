import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binomial, togetherLogE } from '../../../test/support/judging.js';
import { RATIO_GRID, RATIO_WEIGHTS } from './accumulate.js';
import { bernLlr } from './bern-llr.js';
import { falseDiscoveryReport } from './false-discovery-report.js';
import { medianDetectionTime } from './detection-time.js';
import { suggestedMargin, suggestedPhi } from './dispersion.js';
import { DROP_GRID, DROP_WEIGHTS, dropLlrs } from './drop-evidence.js';
import { logGamma } from './log-gamma.js';
import { logNormalCdf } from './log-normal-cdf.js';
import { addMeanWindow, meanOf, NO_MEAN_SUMS } from './mean-sums.js';
import { addRatioWindow, ratioRange } from './ratio-range.js';
import { ratioLlrs } from './ratio-evidence.js';
import { sampleRatioLogE } from './sample-ratio.js';
import { quantileRange, shareRange } from './share-range.js';
import { splitLlr } from './split-llr.js';
import { nextTail, ODDS_GRID, ODDS_WEIGHTS, tailLlrs, watchedTails } from './tail-evidence.js';

const size = fc.integer({ min: 1, max: 20 });
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const unit = fc.double({ min: 0, max: 1, noNaN: true });

describe('evidence', () => {
  it('of a tail is a fair bet or worse at any share of the control, however wrong the share that was expected', () => {
    const margin = fc.double({ min: 1, max: 3, noNaN: true });
    const odds = fc.constantFrom(...ODDS_GRID);
    fc.assert(
      fc.property(fc.tuple(size, size, share, share, unit, margin, odds), (drawn) => {
        const [nv, nc, tail, p, less, r0, step] = drawn;
        const fresh = binomial(nv, Math.min(1, r0 * p) * less);
        let mean = 0;
        for (const [xc, chance] of binomial(nc, p).entries()) {
          for (const [xv, other] of fresh.entries()) {
            const counts = { newBad: xv, newTotal: nv, controlBad: xc, controlTotal: nc };
            mean += chance * other * Math.exp(bernLlr(counts, { tail, odds: step, margin: r0 }).llr);
          }
        }
        expect(mean).toBeLessThan(1 + 1e-6);
      }),
    );
  });

  it('of a ratio is that of the split form at each alternative', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.nat(50), size, fc.nat(500), size),
        ([newBad, newTotal, controlBad, controlTotal]) => {
          const counts = { newBad, newTotal, controlBad, controlTotal };
          const llrs = RATIO_GRID.map((step) => splitLlr(counts, 1.2 * step, 1.2));
          ratioLlrs(counts, 1.2).forEach((llr, k) => expect(llr).toBeCloseTo(llrs[k] ?? 0, 9));
        },
      ),
    );
  });

  it('of a drop is a fair bet or worse while the rate is at least what is allowed', () => {
    // Given how many events both arms had, the new arm's share of them is all that counts: ν = (r·nv)/(r·nv + nc).
    const exposure = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(size, exposure, exposure, unit, (events, newTotal, controlTotal, more) => {
        const margin = 0.95;
        const ratio = margin + more;
        const p = (ratio * newTotal) / (ratio * newTotal + controlTotal);
        for (const [k] of DROP_GRID.entries()) {
          const mean = binomial(events, p).reduce((sum, chance, newBad) => {
            const counts = { newBad, newTotal, controlBad: events - newBad, controlTotal };
            return sum + chance * Math.exp(dropLlrs(counts, margin)[k] ?? 0);
          }, 0);
          expect(mean).toBeLessThan(1 + 1e-9);
        }
      }),
    );
  });

  it('of a wrong split is an exactly fair bet while units are assigned as configured', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), share, (units, p) => {
        const mean = binomial(units, p).reduce(
          (sum, chance, count) =>
            sum + chance * Math.exp(sampleRatioLogE([count, units - count], [p, 1 - p])),
          0,
        );
        expect(mean).toBeCloseTo(1, 9);
      }),
    );
  });

  it('of a wrong split is without bounds where an arm without share has units', () => {
    expect(sampleRatioLogE([1, 9], [0, 1])).toBe(Infinity);
    expect(sampleRatioLogE([0, 9], [0, 1])).toBeCloseTo(0, 12);
  });

  it('of several guards is never more than the strongest, nor less than its weight allows', () => {
    const logs = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(logs, (given) => {
        const combined = togetherLogE(
          given,
          given.map(() => 1),
        );
        expect(combined).toBeLessThanOrEqual(Math.max(...given) + 1e-9);
        expect(combined).toBeGreaterThanOrEqual(Math.max(...given) - Math.log(given.length) - 1e-9);
      }),
    );
  });

  it('of more guards is reported for at least those that Bonferroni would name', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(values, (given) => {
        const reported = falseDiscoveryReport(given, 0.1);
        const certain = given.flatMap((value, i) => (value >= given.length / 0.1 ? [i] : []));
        expect(certain.every((i) => reported.includes(i))).toBe(true);
        const least = Math.min(...reported.map((i) => given[i] ?? 0));
        expect(given.every((value, i) => value <= least || reported.includes(i))).toBe(true);
      }),
    );
  });

  it('is none without traffic in both arms', () => {
    const none = { newBad: 0, newTotal: 0, controlBad: 5, controlTotal: 50 };
    expect(tailLlrs(none, 0.1, 1)).toEqual(ODDS_GRID.map(() => 0));
    expect(dropLlrs(none, 0.95)).toEqual(DROP_GRID.map(() => 0));
  });
});

describe('alternatives', () => {
  it.each([
    ['of a ratio', RATIO_WEIGHTS, RATIO_GRID],
    ['of a drop', DROP_WEIGHTS, DROP_GRID],
    ['of a tail', ODDS_WEIGHTS, ODDS_GRID],
  ])('%s share one bet among them', (_, weights, grid) => {
    expect(weights).toHaveLength(grid.length);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });
});

describe('ranges', () => {
  it('of a ratio do not depend on how the counts are cut into windows of one split', () => {
    const cut = fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(cut, (windows) => {
        const all = { newBad: 0, newTotal: 0, controlBad: 0, controlTotal: 0 };
        const likelihood = windows.reduce<readonly number[]>((sum, [newBad, controlBad]) => {
          const counts = { newBad, newTotal: 50, controlBad, controlTotal: 950 };
          all.newBad += newBad;
          all.newTotal += 50;
          all.controlBad += controlBad;
          all.controlTotal += 950;
          return addRatioWindow(sum, counts);
        }, []);
        const once = addRatioWindow([], all);
        expect(ratioRange(likelihood, 0.01)).toEqual(ratioRange(once, 0.01));
      }),
    );
  });

  it('of a share hold what was seen and shrink with traffic', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 50, max: 200 }), (count, total) => {
        const { low, high } = shareRange(count, total, 0.01);
        const more = shareRange(count * 10, total * 10, 0.01);
        expect(low).toBeLessThanOrEqual(count / total);
        expect(high).toBeGreaterThanOrEqual(count / total);
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });

  it('of a quantile lie between bounds, and are open where the histogram ends', () => {
    const distribution = { bounds: [50, 100, 250, 500], below: [200, 600, 940, 980], total: 1_000 };
    expect(quantileRange(distribution, 0.5, 0.01)).toEqual({ low: 50, high: 100 });
    expect(quantileRange(distribution, 0.99, 0.01)).toEqual({ low: 250, high: null });
    expect(quantileRange({ bounds: [50], below: [0], total: 0 }, 0.5, 0.01)).toEqual({
      low: null,
      high: null,
    });
  });
});

describe('what history suggests', () => {
  const steady = Array.from({ length: 50 }, () => ({
    newBad: 5,
    newTotal: 100,
    controlBad: 95,
    controlTotal: 1_900,
  }));

  it('is no less than independent events, and 1.3 times the worst of the scales', () => {
    expect(suggestedPhi([steady], 1)).toBe(1.3);
    const burst = { ...steady[0], newBad: 20, controlBad: 80 } as (typeof steady)[number];
    const calm = { ...burst, newBad: 0, controlBad: 100 };
    expect(suggestedPhi([steady, [burst, calm]], 1)).toBeCloseTo(1.3 * 26.31578947, 6);
    expect(suggestedPhi([], 1)).toBe(1);
  });

  it('is a margin of two deviations between pods, and 1.2 where little is known', () => {
    expect(suggestedMargin([0.01])).toBe(1.2);
    expect(suggestedMargin([0, 0])).toBe(1.2);
    expect(suggestedMargin([0.01, 0.02])).toBeCloseTo(1 + 2 * Math.SQRT1_2 * (2 / 3), 9);
  });

  it('is a tail that forgets half of what it knew in ten minutes, and nothing without traffic', () => {
    const counts = { newBad: 0, newTotal: 0, controlBad: 30, controlTotal: 100 };
    expect(nextTail(0.1, counts, 600_000)).toBeCloseTo(0.2, 12);
    expect(nextTail(0.1, { ...counts, controlTotal: 0 }, 600_000)).toBe(0.1);
  });

  it('is the boundaries of a histogram that can tell something', () => {
    expect(watchedTails([206, 407, 310, 27]).map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(watchedTails([10, 989, 1])).toEqual([{ index: 1, tail: 0.001 }]);
    expect(watchedTails([900, 100, 0]).map(({ index }) => index)).toEqual([0]);
    expect(watchedTails([0, 0, 1_000])).toEqual([]);
    expect(watchedTails([900, 100, 0], [1])).toEqual([{ index: 1, tail: 1 / 2_002 }]);
    expect(watchedTails([0, 0, 0])).toEqual([]);
    expect(watchedTails(Array.from({ length: 12 }, () => 10))).toHaveLength(8);
  });
});

describe('the time to detect', () => {
  const traffic = { newTotal: 50, controlTotal: 950, share: 0.001 };
  const settings = { alpha: 0.01, margin: 1, phi: 1 };

  it('grows with phi, and falls with the size of the regression', () => {
    const [large, small] = [10, 2].map((ratio) => medianDetectionTime(traffic, ratio, settings) ?? 0);
    expect(large).toBeLessThan(small ?? 0);
    expect(medianDetectionTime(traffic, 2, { ...settings, phi: 2 })).toBeCloseTo(2 * (small ?? 0), 6);
  });

  it.each([
    ['within the margin', traffic, 1.2, { ...settings, margin: 1.2 }],
    ['without errors', { ...traffic, share: 0 }, 2, settings],
    ['without traffic in the new arm', { ...traffic, newTotal: 0 }, 2, settings],
    ['without control', { ...traffic, controlTotal: 0 }, 2, settings],
  ])('is never %s', (_, given, ratio, how) => {
    expect(medianDetectionTime(given, ratio, how)).toBeNull();
  });
});

describe('a mean', () => {
  it('is compared within each window, so that a ramp under a drift proves nothing', () => {
    const windows = [1, 2, 3, 4].map((i) => ({
      newCount: i * 100,
      newMean: i,
      controlCount: 1_000 - i * 100,
      controlMean: i,
    }));
    const of = (some: typeof windows) => meanOf(some.reduce(addMeanWindow, NO_MEAN_SUMS));
    expect(of(windows)?.delta).toBe(0);
    expect(of(windows.slice(0, 1))).toBeNull();
  });
});

describe('special functions', () => {
  it.each([
    [0.1, 2.252712651734206],
    [1, 0],
    [2, 0],
    [10.5, 13.940625219403763],
    [1e7, 151180949.3694739],
  ])('ln Γ(%s)', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)));
  });

  it.each([
    [0, -Math.LN2],
    [-2.9, -6.284058234947419],
    [-3.1, -6.940688458421229],
    [-8, -35.013437159914545],
    [-40, -804.608442013754],
    [3, -0.0013508099647481938],
    [5, -2.8665161296376315e-7],
    [8, -6.220960574271785e-16],
  ])('ln Φ(%s)', (x, expected) => {
    expect(Math.abs(logNormalCdf(x) / expected - 1)).toBeLessThan(1e-10);
  });

  it('ln Φ is a number from −∞ to 0 and never falls, however large', () => {
    const far = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(far, far, (x, y) => {
        const [low, high] = [logNormalCdf(Math.min(x, y)), logNormalCdf(Math.max(x, y))];
        expect(high).toBeLessThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(high + 1e-12);
      }),
      { examples: [[37, 40]] },
    );
  });
});
