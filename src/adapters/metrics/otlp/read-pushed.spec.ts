import { describe, expect, it } from '@jest/globals';
import { judgeWindows } from '../../../../test/support/judging.js';
import { absenceWarnings } from '../../../domain/guard/absence-words.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { type GuardInput, guardSchema } from '../../../domain/guard.js';
import type { ReceivedPoint } from '../../../ports/store.js';
import { readPushed } from './read-pushed.js';

const T0 = 1_700_000_000_000;
const QUERY = {
  bad: 'failed',
  total: 'requests',
  arm: { label: 'version', new: 'v2', control: 'v1' },
};

type Push = readonly [second: number, bad: number, total: number];

/** What one pod of a version pushed: how many failed and how many requests there were, since it started or since the last push. */
function pod(version: string, pushes: readonly Push[], isDelta: boolean): ReceivedPoint[] {
  return pushes.flatMap(([second, bad, total], i) =>
    (
      [
        ['failed', bad],
        ['requests', total],
      ] as const
    ).map(([metric, value]) => {
      const time = T0 + second * 1_000;
      const before = T0 + (pushes[i - 1]?.[0] ?? second - 10) * 1_000;
      const start = isDelta ? before : T0 - 600_000;
      const series = `${metric} ${version}`;
      return { target: version, series, metric, labels: { version }, start, time, at: time, isDelta, value };
    }),
  );
}

function read(points: readonly ReceivedPoint[], more: Partial<GuardInput> = {}): MetricReading {
  const guard = guardSchema.parse({ key: 'g', source: 'otlp', query: QUERY, margin: 2, ...more });
  const arms = { new: 'v2', control: 'v1' };
  const subject = { environment: 'production', guard, arms, route: null, rule: null };
  return readPushed({ points, begins: T0 - 60_000 }, { subject, watermark: T0, since: T0 - 60_000 });
}

/** `from-to new control`, seconds and `bad/total` each, `-` = no data. */
function told({ windows }: MetricReading): string[] {
  const counts = (of: { bad: number; total: number } | null): string => (of ? `${of.bad}/${of.total}` : '-');
  return windows.map(
    (w) => `${(w.from - T0) / 1_000}-${(w.to - T0) / 1_000} ${counts(w.new)} ${counts(w.control)}`,
  );
}

describe('windows of what two versions push', () => {
  it('join pushes at different moments: a burst of one arm stands beside what the other had in that time', () => {
    const control = pod(
      'v1',
      [
        [0, 0, 100],
        [10, 0, 200],
        [20, 0, 300],
        [30, 0, 400],
      ],
      false,
    );
    const fresh = pod(
      'v2',
      [
        [-5, 0, 10],
        [5, 0, 20],
        [15, 40, 60],
        [25, 40, 70],
      ],
      false,
    );
    expect(told(read([...control, ...fresh]))).toEqual([
      '0-10 0/10 0/100',
      '10-20 40/40 0/100',
      '20-30 0/10 0/100',
    ]);
  });

  it('join a pod that pushes often with one that pushes rarely', () => {
    const control = pod(
      'v1',
      [
        [0, 0, 100],
        [30, 0, 400],
        [60, 0, 700],
      ],
      false,
    );
    const often: Push[] = Array.from({ length: 13 }, (_, i) => [
      i * 5,
      i >= 4 ? 20 : 0,
      10 * i + (i >= 4 ? 20 : 0),
    ]);
    expect(told(read([...control, ...pod('v2', often, false)]))).toEqual([
      '0-30 20/80 0/300',
      '30-60 0/60 0/300',
    ]);
  });

  it('hold an arm that pushes without any request as one of none, which is no evidence', () => {
    const control = pod(
      'v1',
      [
        [0, 0, 100],
        [10, 0, 100],
        [20, 0, 100],
        [30, 0, 100],
      ],
      false,
    );
    const fresh = pod(
      'v2',
      [
        [0, 0, 10],
        [10, 8, 18],
        [20, 8, 18],
        [30, 8, 18],
      ],
      false,
    );
    const reading = read([...control, ...fresh]);
    expect(told(reading)).toEqual(['0-10 8/8 0/0', '10-20 0/0 0/0', '20-30 0/0 0/0']);
    const { record } = judgeWindows(reading.windows, { guard: { query: QUERY, template: null, margin: 2 } });
    expect(record.logE).toBeNull();
  });

  it('wait for an arm that pushes nothing for a while, as deltas of no request do: its burst stands beside the next push', () => {
    const control = pod(
      'v1',
      [
        [0, 0, 50],
        [10, 0, 50],
        [40, 0, 50],
      ],
      true,
    );
    const fresh = pod(
      'v2',
      [
        [0, 0, 5],
        [10, 0, 5],
        [20, 8, 8],
        [30, 0, 5],
        [40, 0, 5],
      ],
      true,
    );
    expect(told(read([...control, ...fresh]))).toEqual(['0-10 0/5 0/50', '10-40 8/18 0/50']);
  });

  it('do not wait for an arm that is silent: it has no data, which is not zero', () => {
    const control = pod(
      'v1',
      [
        [-20, 0, 50],
        [-10, 0, 50],
        [0, 0, 50],
        [10, 0, 50],
      ],
      true,
    );
    const fresh = pod(
      'v2',
      [-20, -10, 0, 10, 20, 30, 40, 50].map((at) => [at, 0, at === 20 ? 8 : 5]),
      true,
    );
    expect(told(read([...control, ...fresh]))).toEqual([
      '0-10 0/5 0/50',
      '10-20 0/8 -',
      '20-30 0/5 -',
      '30-40 0/5 -',
      '40-50 0/5 -',
    ]);
  });
});

describe('sums of what two versions push', () => {
  /** One pod of each version, which pushes the points `of` tells every ten seconds, as deltas. */
  const both = (of: (version: string, push: number) => readonly Partial<ReceivedPoint>[]): ReceivedPoint[] =>
    ['v1', 'v2'].flatMap((version) =>
      [0, 1, 2].flatMap((push) =>
        of(version, push).map((point) => {
          const at = T0 + push * 10_000;
          const metric = point.metric ?? 'orders';
          const place = { target: version, series: `${metric} ${version}`, metric, labels: { version } };
          return { ...place, start: at - 10_000, time: at, at, isDelta: true, value: 10, ...point };
        }),
      ),
    );
  const arm = QUERY.arm;
  const mean = { kind: 'mean', query: { sum: 'orders', total: 'orders', arm } } as const;
  const sums = ({ windows }: MetricReading): unknown =>
    windows.map((window) => [window.new?.sum, window.control?.sum, window.bounds]);

  it('are those of histograms, whose bounds are nothing to a mean', () => {
    const points = both((version) => [
      { sum: version === 'v2' ? 80 : 100, bounds: version === 'v2' ? [5] : [9], buckets: [4, 6] },
    ]);
    expect(sums(read(points, mean))).toEqual([
      [80, 100, undefined],
      [80, 100, undefined],
    ]);
    const latency = { kind: 'latency', query: { buckets: 'orders', arm } } as const;
    expect(read(points, latency)).toMatchObject({ windows: [], code: 'BOUNDS_DIFFER' });
    const ratio = { query: { bad: 'failed', total: 'orders', arm } };
    expect(told(read(points, ratio))).toEqual(['0-10 0/10 0/10', '10-20 0/10 0/10']);
  });

  it('are the values of counters', () => {
    const points = both((version) => [
      {},
      { metric: 'revenue', value: version === 'v2' ? 70 : 90, sum: version === 'v2' ? 70 : 90 },
    ]);
    const query = { sum: 'revenue', total: 'orders', arm };
    expect(sums(read(points, { kind: 'mean', query }))).toEqual([
      [70, 90, undefined],
      [70, 90, undefined],
    ]);
  });

  it('are not taken for 0 where a histogram does not tell them', () => {
    const points = both((version, push) => (version === 'v2' && push === 1 ? [{}] : [{ sum: 100 }]));
    expect(sums(read(points, mean))).toEqual([
      [undefined, 100, undefined],
      [100, 100, undefined],
    ]);
  });
});

describe('a selector for which nothing is pushed', () => {
  const points = [...pod('v1', [[5, 1, 40]], false), ...pod('v2', [[5, 0, 10]], false)];
  const absent = (query: object) => read(points, { query: { ...QUERY, ...query } }).absent;

  it('is told: of bad events where neither arm has any, of all where one arm lacks', () => {
    expect(absent({})).toEqual([]);
    const bad = {
      selector: 'bad',
      text: 'orders_failed',
      label: 'version',
      missing: ['v2', 'v1'],
      values: null,
    };
    expect(absent({ bad: 'orders_failed' })).toEqual([bad]);
    expect(absent({ arm: { ...QUERY.arm, new: 'v3' } })).toEqual([
      { selector: 'total', text: 'requests', label: 'version', missing: ['v3'], values: ['v1', 'v2'] },
    ]);
    expect(absent({ arm: { ...QUERY.arm, label: 'verison' } })).toEqual(
      ['total', 'bad'].map((selector) => expect.objectContaining({ selector, values: [] })),
    );
  });

  it('is said of the guard, which has nothing against the version', () => {
    const query = { ...QUERY, bad: 'orders_failed' };
    const input = { source: 'otlp', query, margin: 2, template: null } as const;
    const { record } = judgeWindows([], { guard: input, reading: read(points, { query }) });
    expect(absenceWarnings(guardSchema.parse({ key: 'g', ...input }), record)).toMatchObject([
      { code: 'NO_SERIES', field: 'query.bad', message: expect.stringContaining('orders_failed') },
    ]);
  });
});
