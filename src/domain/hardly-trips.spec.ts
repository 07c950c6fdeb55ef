import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { medianDetectionTime, medianExcessTime } from './guard/detection-time.js';
import { medianMeanTime } from './guard/mean-detection-time.js';
import { type GuardInput, guardSchema } from './guard.js';
import { eventsToFind, hardlyTrips } from './hardly-trips.js';

const guardOf = (input: Partial<GuardInput>) =>
  guardSchema.parse({ key: 'g', source: 'prometheus', template: 'istio', ...input });
const RATIO = { margin: 1.2 } as const;
const LATENCY = { kind: 'latency', margin: 1.1 } as const;
const DROP = { kind: 'drop', margin: 0.95 } as const;
const MEAN = { kind: 'mean', margin: 1.1 } as const;
const LOWER = { kind: 'mean', margin: 0.9, mean: { worse: 'lower' } } as const;

describe('a guard that hardly ever trips', () => {
  it.each<[string, Partial<GuardInput>]>([
    ['ratio', RATIO],
    ['ratio with a threshold', { threshold: 0.05 }],
    ['ratio with both', { ...RATIO, threshold: 0.001 }],
    ['latency', LATENCY],
    ['drop', DROP],
    ['mean', MEAN],
    ['mean that must not fall', LOWER],
    ['burn', { kind: 'burn', burn: { slo: 0.99 }, phi: 1_000 }],
    ['kOfN', { kind: 'kOfN', threshold: 0.5, kOfN: { k: 3, of: 5 }, phi: 1_000 }],
    ['topline', { kind: 'topline', topline: { slo: 0.99 }, phi: 1_000 }],
    ['phi that bursts of four speak for', { ...RATIO, phi: 9 }],
    ['phi of the history that scatters most, and pods that differ', { ...RATIO, margin: 3, phi: 26 }],
    ['one false trip in a million rollouts', { ...RATIO, alpha: 1e-6 }],
  ])('is none that is usual: %s', (_, input) => {
    expect(hardlyTrips(guardOf(input))).toEqual([]);
  });

  it.each<[string, Partial<GuardInput>, string, RegExp]>([
    [
      'phi',
      { ...RATIO, phi: 1_000 },
      'phi',
      /^With phi 1000 it takes about 4,600 bad events of the new arm to find ten times what the control has, so that guard "g" hardly ever trips: lower phi\.$/,
    ],
    ['phi of latency', { ...LATENCY, phi: 1_000 }, 'phi', /slow requests/],
    ['phi of a drop', { ...DROP, phi: 1_000 }, 'phi', /9,000 events .* a tenth of what the control has/],
    ['phi of a mean', { ...MEAN, phi: 1_000 }, 'phi', /14,000 values/],
    ['alpha', { ...RATIO, alpha: 1e-300 }, 'alpha', /With alpha 1e-300 .*: raise alpha\.$/],
    ['margin', { margin: 8.5 }, 'margin', /With margin 8.5 it takes about 1,100 bad events/],
    [
      'a margin beyond ten',
      { margin: 20 },
      'margin',
      /^With margin 20 guard "g" does not even find ten times what the control has: bring margin nearer to 1\.$/,
    ],
    ['margin of a drop', { kind: 'drop', margin: 0.1 }, 'margin', /does not even find a tenth/],
    ['margin of a mean', { kind: 'mean', margin: 10 }, 'margin', /does not even find ten times/],
    ['margin of a mean that must not fall', { ...LOWER, margin: 0.1 }, 'margin', /not even find a tenth/],
    ['threshold', { threshold: 0.95 }, 'threshold', /does not even find that all is bad: lower threshold/],
    ['threshold with phi', { threshold: 0.05, phi: 1_000 }, 'phi', /find ten times the threshold/],
    ['threshold beside a margin', { ...RATIO, threshold: 0.95 }, 'threshold', /lower threshold/],
    ['least number of bad events', { ...RATIO, minEvents: 5_000 }, 'minEvents', /about 5,000 bad/],
    ['the worse of two', { ...RATIO, phi: 20, alpha: 1e-200 }, 'alpha', /raise alpha/],
  ])('names the setting that does it: %s', (_, input, field, words) => {
    const [found, ...others] = hardlyTrips(guardOf(input));
    expect(found).toMatchObject({ code: 'HARDLY_TRIPS', field });
    expect(found?.message).toMatch(words);
    expect(others).toEqual([]);
  });

  it('goes by as many bad events as are foretold at a small share of the traffic', () => {
    const settings = fc.record({
      margin: fc.double({ min: 1, max: 4, noNaN: true }),
      phi: fc.double({ min: 1, max: 100, noNaN: true }),
      alpha: fc.double({ min: 1e-9, max: 0.05, noNaN: true }),
    });
    fc.assert(
      fc.property(settings, (set) => {
        const traffic = { newTotal: 1, controlTotal: 9_999, share: 0.01 };
        const foretold = (medianDetectionTime(traffic, 10, set) ?? Infinity) * 0.1;
        const events = eventsToFind(guardOf({ ...set, minEvents: 1 }));
        expect(events / foretold).toBeGreaterThan(0.9);
        expect(events / foretold).toBeLessThan(1.3);
      }),
    );
  });

  it.each<['higher' | 'lower', number, number]>([
    ['higher', 1.1, 10],
    ['lower', 0.9, 1],
  ])('goes by about as many values of a mean as are foretold: %s is worse', (worse, margin, scatter) => {
    for (const phi of [200, 500, 1_000]) {
      const set = { line: -Math.log(0.01), margin, phi, mass: 0.7, worse, effect: 0.1 };
      const values = { newTotal: 1, controlTotal: 9_999, mean: 1, scatter };
      const foretold = medianMeanTime(values, 10, set) ?? Infinity;
      const events = eventsToFind(guardOf({ kind: 'mean', margin, phi, mean: { worse } }));
      expect(events / foretold).toBeGreaterThan(1 / 3);
      expect(events / foretold).toBeLessThan(3);
    }
  });

  it('goes by as many bad events above a threshold as are foretold', () => {
    const threshold = fc.double({ min: 0.001, max: 0.6, noNaN: true });
    fc.assert(
      fc.property(threshold, (allowed) => {
        const rate = Math.min(1, 10 * allowed);
        const foretold = (medianExcessTime(rate, allowed, { alpha: 0.01, phi: 2 }) ?? Infinity) * rate;
        const events = eventsToFind(guardOf({ threshold: allowed, minEvents: 1 }));
        expect(events / foretold).toBeGreaterThan(0.9);
        expect(events / foretold).toBeLessThan(1.3);
      }),
    );
  });
});
