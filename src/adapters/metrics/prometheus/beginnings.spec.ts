import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readWindows } from './read-windows.js';
import type { SampledSeries } from './sampled-series.js';

const arm = { label: 'version', new: 'v2', control: 'v1' };
const SCRAPES = 14;
const INTERVAL = 5_000;

/** A gateway that counts both versions, scraped every 5 s; of the new one it tells from one of its scrapes on. */
interface Gateway {
  readonly phase: number;
  readonly born: number;
  readonly rises: readonly (readonly [control: number, fresh: number])[];
}

const rise = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 50 }));
const gateways = fc.array(
  fc.record({
    phase: fc.integer({ min: 0, max: 4_900 }),
    born: fc.integer({ min: 0, max: SCRAPES }),
    rises: fc.array(rise, { minLength: SCRAPES, maxLength: SCRAPES }),
  }),
  { minLength: 1, maxLength: 3 },
);
const looks = fc.array(fc.integer({ min: 16_000, max: 70_000 }), { maxLength: 12 });
const made = fc.integer({ min: 15_000, max: 40_000 });

function scrapeOf({ phase }: Gateway, i: number): number {
  return INTERVAL * i + phase;
}

function seriesOf(all: readonly Gateway[], from: number, to: number): SampledSeries[] {
  return all.flatMap((gateway, n) =>
    ([0, 1] as const).map((which) => {
      let value = 0;
      const samples = gateway.rises.flatMap((rises, i) => {
        const isThere = which === 0 || i >= gateway.born;
        if (isThere) value += rises[which];
        const at = scrapeOf(gateway, i);
        return isThere && at >= from && at <= to ? [{ at, value }] : [];
      });
      return { labels: { version: which === 0 ? 'v1' : 'v2', instance: `gateway-${n}` }, samples };
    }),
  );
}

/** What counts of a gateway for a guard made at `since`, up to a watermark. */
function counted(gateway: Gateway, which: 0 | 1, since: number, until: number): number {
  const first = scrapeOf(gateway, gateway.born);
  return gateway.rises.reduce((sum, rises, i) => {
    const at = scrapeOf(gateway, i);
    const isFirst = at === first && first > since && i > 0;
    const isThere = which === 0 ? i > 0 : i > gateway.born;
    const isOurs = isFirst || (isThere && at - INTERVAL >= since);
    return isOurs && at > since && at <= until ? sum + rises[which] : sum;
  }, 0);
}

describe('a guard that was just made', () => {
  it('counts a version that was not there before from its first request, all once, whenever it looks', () => {
    fc.assert(
      fc.property(gateways, looks, made, (all, times, since) => {
        let watermark = since;
        const windows = [...times.sort((a, b) => a - b), 80_000]
          .filter((now) => now > since)
          .flatMap((now) => {
            const begins = Math.max(0, watermark - 4 * INTERVAL);
            const total = seriesOf(all, begins, now);
            const reading = readWindows({ bad: [], total, begins }, arm, { watermark, since });
            watermark = reading.watermark;
            return reading.windows;
          });
        for (const [name, which] of [
          ['control', 0],
          ['new', 1],
        ] as const) {
          const told = windows.reduce((sum, window) => sum + (window[name]?.total ?? 0), 0);
          const expected = all.reduce((sum, one) => sum + counted(one, which, since, watermark), 0);
          expect([name, told]).toEqual([name, expected]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
