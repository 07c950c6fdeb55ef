import { describe, expect, it } from '@jest/globals';
import type { MetricReading } from '../../../domain/guard/reading.js';
import type { TroubleCode } from '../../../domain/guard/trouble.js';
import type { SampledSeries } from './sampled-series.js';
import { readWindows } from './read-windows.js';

const arm = { label: 'version', new: 'v2', control: 'v1' };
const TIMES = [5, 10, 15, 20];

/** The buckets of one version on a pod: cumulative values per bound, one at each time. */
function histogram(
  version: string,
  values: { readonly [le: string]: readonly number[] },
  { instance = 'gw', times = TIMES }: { instance?: string; times?: readonly number[] } = {},
): SampledSeries[] {
  return Object.entries(values).map(([le, of]) => ({
    labels: { __name__: 'took_bucket', version, instance, job: 'shop', le },
    samples: of.map((value, i) => ({ at: (times[i] ?? 0) * 1_000, value })),
  }));
}

function read(buckets: readonly SampledSeries[]): MetricReading {
  const total = buckets.filter(({ labels }) => labels['le'] === '+Inf');
  return readWindows({ bad: [], total, buckets, begins: 0 }, arm, { watermark: 10_000, since: 0 });
}

/** `from-to new control`, seconds, and requests per bucket. */
function told({ windows }: MetricReading): string[] {
  const counts = (of: { buckets?: readonly number[] } | null): string => (of?.buckets ?? ['-']).join('/');
  return windows.map((w) => `${w.from / 1_000}-${w.to / 1_000} ${counts(w.new)} ${counts(w.control)}`);
}

const control = histogram('v1', {
  '100': [0, 80, 160, 240],
  '250': [0, 95, 190, 285],
  '+Inf': [0, 100, 200, 300],
});

describe('windows of a histogram', () => {
  it('hold the requests of each bucket, and the bounds that the data has', () => {
    const fresh = histogram('v2', {
      '1e+02': [0, 4, 9, 12],
      '2.5e+02': [0, 5, 10, 15],
      '+Inf': [0, 6, 12, 17],
    });
    const reading = read([...control, ...fresh]);
    expect(told(reading)).toEqual(['10-15 5/0/1 80/15/5', '15-20 3/2/0 80/15/5']);
    expect(reading.windows[0]).toMatchObject({
      bounds: [100, 250],
      new: { total: 6, bad: 0 },
      control: { total: 100 },
    });
  });

  it('are summed over pods and label sets of the same bounds, whatever order the bounds come in', () => {
    const one = histogram('v2', { '+Inf': [0, 6, 12, 18], '250': [0, 5, 10, 15], '100': [0, 4, 8, 12] });
    const two = histogram(
      'v2',
      { '100': [0, 1, 2, 3], '250': [0, 1, 2, 3], '+Inf': [0, 1, 2, 3] },
      { instance: 'pod' },
    );
    expect(told(read([...control, ...one, ...two]))).toEqual(['10-15 5/1/1 80/15/5', '15-20 5/1/1 80/15/5']);
  });

  it('count from 0 in all buckets after a reset, though only some of them fell', () => {
    const fresh = histogram('v2', { '100': [0, 2, 7, 9], '250': [0, 40, 9, 12], '+Inf': [0, 50, 10, 14] });
    expect(told(read([...control, ...fresh]))).toEqual(['10-15 7/2/1 80/15/5', '15-20 2/1/1 80/15/5']);
  });

  it('have no data of a version without requests', () => {
    expect(told(read(control))).toEqual(['10-15 - 80/15/5', '15-20 - 80/15/5']);
  });

  it.each<[string, SampledSeries[], RegExp, TroubleCode]>([
    [
      'other bounds in one version',
      histogram('v2', { '100': [0, 4, 8, 12], '300': [0, 5, 10, 15], '+Inf': [0, 6, 12, 18] }),
      /^the histogram .*v1.* has the bounds 100, 250, and another 100, 300: they must be the same$/,
      'BOUNDS_DIFFER',
    ],
    [
      'bounds that change between scrapes',
      [
        ...histogram('v2', { '100': [0, 4, 1, 2], '+Inf': [0, 6, 2, 4] }),
        ...histogram('v2', { '250': [5, 6] }, { times: [5, 10] }),
        ...histogram('v2', { '300': [2, 4] }, { times: [15, 20] }),
      ],
      /^the bounds of the histogram .*v2.* changed between scrapes: 250 is not in all of them$/,
      'BOUNDS_DIFFER',
    ],
    [
      'no bucket +Inf',
      histogram('v2', { '100': [0, 4, 8, 12], '250': [0, 5, 10, 15] }),
      /has no bucket \+Inf$/,
      'BAD_HISTOGRAM',
    ],
    [
      'a bound that is no number',
      histogram('v2', { fast: [0, 4, 8, 12], '+Inf': [0, 6, 12, 18] }),
      /is no bucket/,
      'BAD_HISTOGRAM',
    ],
    [
      'a count that is none',
      histogram('v2', { '100': [0, 4, Number.NaN, 12], '250': [0, 5, 10, 15], '+Inf': [0, 6, 12, 18] }),
      /has the value NaN$/,
      'BAD_COUNT',
    ],
  ])('tell nothing of %s, and say why', (_, fresh, words, code) => {
    const reading = read([...fresh, ...control]);
    expect(reading).toMatchObject({ windows: [], watermark: 10_000, code });
    expect(reading.unknown).toMatch(words);
  });
});

describe('windows of a mean', () => {
  const counter = (name: string, version: string, ...values: readonly number[]): SampledSeries => ({
    labels: { __name__: name, version, instance: 'gw', job: 'shop' },
    samples: values.map((value, i) => ({ at: (TIMES[i] ?? 0) * 1_000, value })),
  });

  it('hold how many and their sum, which is reset when the count is, and may fall by itself', () => {
    const total = [counter('paid_count', 'v2', 0, 50, 5, 10), counter('paid_count', 'v1', 0, 100, 200, 300)];
    const sum = [
      counter('paid_sum', 'v2', 0, 500, 700, 760),
      counter('paid_sum', 'v1', 0, 900, 1_800, 1_750),
    ];
    const reading = readWindows({ bad: [], total, sum, begins: 0 }, arm, { watermark: 10_000, since: 0 });
    expect(reading.windows).toMatchObject([
      { new: { total: 5, sum: 700 }, control: { total: 100, sum: 900 } },
      { new: { total: 5, sum: 60 }, control: { total: 100, sum: -50 } },
    ]);
  });
});
