import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MetricReading } from '../../../domain/guard/reading.js';
import type { SampledSeries } from './sampled-series.js';
import { readWindows } from './read-windows.js';

const arm = { label: 'version', new: 'v2', control: 'v1' };

/** A series of one pod: [time in s, value] each. */
function series(
  version: string,
  instance: string,
  ...samples: readonly (readonly [at: number, value: number])[]
): SampledSeries {
  const labels = { version, instance, job: 'shop' };
  return { labels, samples: samples.map(([at, value]) => ({ at: at * 1_000, value })) };
}

interface Given {
  readonly bad?: readonly SampledSeries[];
  readonly watermark?: number;
  readonly since?: number;
  readonly begins?: number;
}

function read(total: readonly SampledSeries[], given: Given = {}): MetricReading {
  const { bad = [], watermark = 10, since = 0, begins = 0 } = given;
  return readWindows({ bad, total, begins: begins * 1_000 }, arm, {
    watermark: watermark * 1_000,
    since: since * 1_000,
  });
}

/** `from-to new control`, seconds and `bad/total` each, `-` = no data. */
function told({ windows }: MetricReading): string[] {
  const counts = (of: { bad: number; total: number } | null): string => (of ? `${of.bad}/${of.total}` : '-');
  return windows.map((w) => `${w.from / 1_000}-${w.to / 1_000} ${counts(w.new)} ${counts(w.control)}`);
}

const steady = (
  version: string,
  instance: string,
  step: number,
  ...times: readonly number[]
): SampledSeries => series(version, instance, ...times.map((at) => [at, at * step] as const));

describe('windows out of raw samples', () => {
  const control = steady('v1', 'gw', 100, 5, 10, 15, 20);

  it.each<[string, MetricReading, string[]]>([
    [
      'one target: a window each scrape',
      read([control, steady('v2', 'gw', 10, 5, 10, 15, 20)]),
      ['10-15 0/50 0/500', '15-20 0/50 0/500'],
    ],
    ['no scrape after the watermark', read([control], { watermark: 20 }), []],
    ['nothing at all', read([]), []],
    ['one scrape only', read([series('v1', 'gw', [12, 100])]), []],
    [
      'failures that begin, on a target that was scraped before',
      read([control, steady('v2', 'gw', 10, 5, 10, 15, 20)], { bad: [series('v2', 'gw', [15, 7], [20, 9])] }),
      ['10-15 7/50 0/500', '15-20 2/50 0/500'],
    ],
    [
      'a version that begins, on a target that was scraped before',
      read([control, series('v2', 'gw', [15, 4], [20, 10])]),
      ['10-15 0/4 0/500', '15-20 0/6 0/500'],
    ],
    [
      'a pod that begins: its first scrape is a baseline',
      read([control, series('v2', 'pod', [14, 400], [19, 410])], { watermark: 10 }),
      ['10-15 - 0/500', '15-20 0/10 0/500'],
    ],
    [
      'a reset: the new value counts',
      read([control, series('v2', 'gw', [10, 900], [15, 20], [20, 25])]),
      ['10-15 0/20 0/500', '15-20 0/5 0/500'],
    ],
    [
      'failures without a total beside them',
      read([control], { bad: [series('v2', 'gw', [10, 0], [15, 7])] }),
      ['10-15 - 0/500', '15-20 - 0/500'],
    ],
    [
      'a missed scrape: the next one has it all',
      read([series('v1', 'gw', [5, 0], [10, 100], [20, 300]), series('v2', 'gw', [5, 0], [10, 1], [20, 5])]),
      ['10-20 0/4 0/200'],
    ],
    [
      'a fresh guard: from the first scrape after it was made',
      read([control, steady('v2', 'gw', 10, 5, 10, 15, 20)], { watermark: 11, since: 11 }),
      ['15-20 0/50 0/500'],
    ],
    [
      'a fresh guard, and a version that was not there before: from its first request',
      read([control, series('v2', 'gw', [15, 4], [20, 10])], {
        bad: [series('v2', 'gw', [15, 3], [20, 9])],
        watermark: 11,
        since: 11,
      }),
      ['11-15 3/4 0/500', '15-20 6/6 0/500'],
    ],
    [
      'a fresh guard, and a version that was there and begins to fail: its first scrape is none of it',
      read([control, steady('v2', 'gw', 10, 5, 10, 15, 20), series('v2', 'gw', [15, 4], [20, 10])], {
        bad: [series('v2', 'gw', [15, 4], [20, 10])],
        watermark: 11,
        since: 11,
      }),
      ['15-20 6/56 0/500'],
    ],
    [
      'a fresh guard, and a version that begins at one exporter and was there at another',
      read(
        [
          control,
          series('v2', 'gw', [15, 4], [20, 10]),
          steady('v1', 'other', 100, 5, 10, 15, 20),
          steady('v2', 'other', 10, 5, 10, 15, 20),
        ],
        { watermark: 11, since: 11 },
      ),
      ['11-15 0/4 0/500', '15-20 0/56 0/1000'],
    ],
    [
      'versions that are scraped at different moments: one window a round',
      read([steady('v1', 'a', 100, 5, 10, 15, 20, 25), steady('v2', 'b', 10, 7.5, 12.5, 17.5, 22.5)]),
      ['10-15 0/50 0/500', '15-20 0/50 0/500', '20-25 0/50 0/500'],
    ],
    [
      'a target that is due holds the window up',
      read([
        steady('v1', 'a', 100, 5, 10, 15),
        steady('v2', 'a', 10, 5, 10, 15),
        steady('v1', 'b', 1, 4.8, 9.8),
      ]),
      [],
    ],
    [
      'a target that is not due yet does not',
      read([
        steady('v1', 'a', 100, 5, 10, 15),
        steady('v2', 'a', 10, 5, 10, 15),
        steady('v1', 'b', 1, 7, 12),
      ]),
      ['10-15 0/50 0/505'],
    ],
    [
      'a silent target is left out, what it said counts',
      read([steady('v1', 'a', 100, 5, 10, 15, 20, 25, 30), steady('v2', 'b', 10, 5, 10, 15)]),
      ['10-15 0/50 0/500', '15-20 - 0/500', '20-25 - 0/500', '25-30 - 0/500'],
    ],
    [
      'a target that comes back is a baseline',
      read(
        [
          steady('v1', 'a', 100, 5, 10, 15, 20, 25, 30, 35),
          series('v2', 'b', [0, 0], [5, 50], [10, 100], [30, 900], [35, 904]),
        ],
        { watermark: 25 },
      ),
      ['25-30 - 0/500', '30-35 0/4 0/500'],
    ],
  ])('%s', (_, reading, expected) => expect(told(reading)).toEqual(expected));

  it('say how long a window is, and where they end', () => {
    expect(read([control])).toMatchObject({ watermark: 20_000, windowLength: 5_000, lost: 0, unknown: null });
  });

  it('say what was lost, where there was something', () => {
    expect(read([control], { watermark: 1, begins: 5 })).toMatchObject({ watermark: 20_000, lost: 4_000 });
    const fresh = { watermark: -300, since: -300, begins: -200 };
    expect(read([control], fresh)).toMatchObject({ watermark: 20_000, lost: 0 });
  });

  it('say for how long nobody was heard, once', () => {
    const times = [5, 10, 15, 60, 65, 70];
    const silent = [steady('v1', 'gw', 100, ...times), steady('v2', 'gw', 10, ...times)];
    const at = (watermark: number): MetricReading => read(silent, { watermark });
    expect(at(10)).toMatchObject({ watermark: 70_000, lost: 45_000 });
    expect(told(at(10))).toEqual(['10-15 0/50 0/500', '60-65 0/50 0/500', '65-70 0/50 0/500']);
    expect([at(15).lost, at(60).lost]).toEqual([45_000, 0]);
  });

  it('say so as well where the silence was longer than what is read, unless nothing was read before', () => {
    const late = [steady('v1', 'gw', 100, 900, 905, 910)];
    expect(read(late, { watermark: 20, begins: 310 })).toMatchObject({ watermark: 910_000, lost: 880_000 });
    expect(read(late, { watermark: 20, since: 20, begins: 310 }).lost).toBe(0);
  });

  it('are unknown where a counter has a value that none has', () => {
    const odd = read([control, series('v2', 'gw', [10, 1], [15, Number.NaN])]);
    expect(odd).toMatchObject({ windows: [], watermark: 10_000, unknown: expect.stringContaining('NaN') });
    expect(read([control, series('v3', 'gw', [10, Number.NaN])]).unknown).toBeNull();
  });
});

describe('windows told apart by a label', () => {
  const of = (version: string, region: string | null, rise: number): SampledSeries => {
    const one = steady(version, `${version}-${region ?? 'none'}`, rise, 5, 10, 15, 20);
    return region === null ? one : { ...one, labels: { ...one.labels, region } };
  };
  const total = [
    of('v1', 'eu', 100),
    of('v1', 'us', 40),
    of('v2', 'eu', 10),
    of('v2', null, 3),
    of('v3', 'asia', 1),
  ];
  const bad = [{ ...of('v1', 'us', 2), samples: [{ at: 15_000, value: 7 }] }];
  const reading = (most: number, label = 'region'): MetricReading =>
    readWindows({ bad, total, begins: 0 }, arm, {
      watermark: 10_000,
      since: 0,
      strata: { label, most },
    });

  it('have the counts of each value in both arms, beside all of them', () => {
    expect(reading(3).windows[0]).toEqual({
      from: 10_000,
      to: 15_000,
      new: { bad: 0, total: 65 },
      control: { bad: 7, total: 700 },
      strata: [
        { value: '', new: { bad: 0, total: 15 }, control: null },
        { value: 'eu', new: { bad: 0, total: 50 }, control: { bad: 0, total: 500 } },
        { value: 'us', new: null, control: { bad: 7, total: 200 } },
      ],
    });
  });

  it('are unknown where there are more values than the guard takes', () => {
    expect(reading(2)).toMatchObject({
      windows: [],
      code: 'BAD_STRATA',
      unknown: expect.stringMatching(/"region" has 3 values/),
    });
  });

  it('are unknown where no series has their label, of which a typo would make one stratum', () => {
    expect(reading(3, 'regoin')).toMatchObject({
      windows: [],
      code: 'BAD_STRATA',
      unknown: expect.stringMatching(/no series has the label "regoin"/),
    });
  });
});

describe('a reader that looks now and then', () => {
  /** Pods scraped every 5 s at a moment of their own, each a little late at times, some answering slowly. */
  const pods = fc.array(
    fc.record({
      version: fc.constantFrom('v1', 'v2'),
      phase: fc.integer({ min: 0, max: 4_900 }),
      late: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 12, maxLength: 12 }),
      slow: fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 12, maxLength: 12 }),
      rises: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 12, maxLength: 12 }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const looks = fc.array(fc.integer({ min: 10_000, max: 70_000 }), { maxLength: 20 });

  it('counts what one that looks once counts, each increment once', () => {
    fc.assert(
      fc.property(pods, looks, (all, times) => {
        const total = all.map(({ version, phase, late, rises }, pod): SampledSeries => {
          let value = 0;
          const samples = rises.map((rise, i) => ({
            at: 5_000 * i + phase + (late[i] ?? 0),
            value: (value += rise),
          }));
          return { labels: { version, instance: `pod-${pod}` }, samples };
        });
        const upTo = (now: number): SampledSeries[] =>
          total.map((one, pod) => ({
            ...one,
            samples: one.samples.filter(({ at }, i) => at + (all[pod]?.slow[i] ?? 0) <= now),
          }));
        let watermark = 10_000;
        const windows = [...times.sort((a, b) => a - b), 70_000].flatMap((now) => {
          const reading = readWindows({ bad: [], total: upTo(now), begins: 0 }, arm, { watermark, since: 0 });
          watermark = reading.watermark;
          return reading.windows;
        });
        for (const [which, version] of [
          ['new', 'v2'],
          ['control', 'v1'],
        ] as const) {
          const counted = windows.reduce((sum, window) => sum + (window[which]?.total ?? 0), 0);
          expect(counted).toBe(risen(total, version, watermark));
        }
        const spans = windows.flatMap(({ from, to }) => [from, to]);
        expect(spans).toEqual([...spans].sort((a, b) => a - b));
      }),
    );
  });
});

/** What the counters of a version rose by in scrapes after 10 s, up to `until`. */
function risen(total: readonly SampledSeries[], version: string, until: number): number {
  return total
    .filter(({ labels }) => labels['version'] === version)
    .flatMap(({ samples }) =>
      samples.map(({ at, value }, i) => ({ at, rise: value - (samples[i - 1]?.value ?? value) })),
    )
    .filter(({ at }) => at > 10_000 && at <= until)
    .reduce((sum, { rise }) => sum + rise, 0);
}
