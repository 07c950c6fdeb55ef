import { describe, expect, it } from '@jest/globals';
import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { guardSchema } from '../../../domain/guard.js';
import { Problem } from '../../../domain/problem.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import type { Count, Store } from '../../../ports/store.js';
import { EventsMetricSource } from './events-metric-source.js';

const SPLIT = 'rollout:new-checkout:split';

/** Counts in memory by environment, window and series. */
class Counts implements Pick<Store, 'readCounts' | 'readUnits'> {
  readonly calls: { readonly environment: string; readonly from: number; readonly to: number }[] = [];
  readonly #all = new Map<string, Map<number, Map<string, Count>>>();

  add(environment: string, window: number, series: { readonly [name: string]: number }): this {
    const windows = this.#all.get(environment) ?? new Map<number, Map<string, Count>>();
    const counts = Object.entries(series).map(([name, count]) => [name, { count, sum: 0 }] as const);
    this.#all.set(environment, windows.set(window, new Map(counts)));
    return this;
  }

  /** No users: those have a spec of their own, on a real store. */
  readUnits(): ReturnType<Store['readUnits']> {
    return Promise.resolve({ assigned: new Map(), cohorts: new Map() });
  }

  readCounts(
    environment: string,
    series: readonly string[],
    from: number,
    to: number,
  ): ReturnType<Store['readCounts']> {
    this.calls.push({ environment, from, to });
    const windows = [...(this.#all.get(environment) ?? [])].filter(
      ([number]) => number >= from && number <= to,
    );
    return Promise.resolve(
      new Map(windows.map(([n, all]) => [n, new Map([...all].filter(([name]) => series.includes(name)))])),
    );
  }
}

function requestOf(overrides: Partial<GuardSubject> = {}, times: Partial<MetricRequest> = {}): MetricRequest {
  const events = { flag: 'shop', bad: 'gave-up' };
  const guard = guardSchema.parse({ key: 'gave-up', source: 'events', events, margin: 1.2 });
  const subject = {
    environment: 'production',
    guard,
    arms: { new: 'on', control: 'off' },
    route: null,
    rule: SPLIT,
    ...overrides,
  };
  return { subject, watermark: 50_000, since: 0, ...times };
}

async function read(
  counts: Pick<Store, 'readCounts' | 'readUnits'>,
  now: number,
  request = requestOf(),
): Promise<MetricReading> {
  const [reading] = await new EventsMetricSource(counts).read([request], now);
  if (reading === undefined) throw new Error('no reading');
  return reading;
}

describe('the events source', () => {
  const counts = new Counts()
    .add('production', 10, { [`shop|${SPLIT}|on|exposures`]: 7, [`shop|${SPLIT}|off|exposures`]: 90 })
    .add('production', 11, {
      [`shop|${SPLIT}|on|exposures`]: 5,
      [`shop|${SPLIT}|on|gave-up`]: 3,
      'shop|vip|on|exposures': 100,
      'shop||off|exposures': 20,
    });

  it('reads the windows after the watermark that are complete, with a second of grace', async () => {
    expect((await read(counts, 60_999)).windows).toEqual([
      { from: 50_000, to: 55_000, new: { bad: 0, total: 7 }, control: { bad: 0, total: 90 } },
    ]);
    expect(await read(counts, 61_000)).toEqual({
      windows: [
        { from: 50_000, to: 55_000, new: { bad: 0, total: 7 }, control: { bad: 0, total: 90 } },
        { from: 55_000, to: 60_000, new: { bad: 3, total: 5 }, control: null },
      ],
      watermark: 60_000,
      unknown: null,
      lost: 0,
      windowLength: 5_000,
    });
  });

  it('reads nothing again, and nothing that began before its guard did', async () => {
    expect(await read(counts, 61_000, requestOf({}, { watermark: 60_000 }))).toMatchObject({
      windows: [],
      watermark: 60_000,
    });
    const late = await read(counts, 61_000, requestOf({}, { watermark: 50_001, since: 50_001 }));
    expect(late.windows.map(({ from }) => from)).toEqual([55_000]);
  });

  it('adds up all rules, and what none decided, where no rule is named', async () => {
    const { windows } = await read(counts, 61_000, requestOf({ rule: null, rules: [SPLIT, 'vip'] }));
    expect(windows[1]).toMatchObject({ new: { bad: 3, total: 105 }, control: { bad: 0, total: 20 } });
  });

  it('counts against another event where the guard names one', async () => {
    const paid = new Counts().add('production', 10, {
      [`shop|${SPLIT}|on|paid`]: 4,
      [`shop|${SPLIT}|on|gave-up`]: 6,
      [`shop|${SPLIT}|on|exposures`]: 50,
    });
    const events = { flag: 'shop', bad: 'gave-up', total: 'paid' };
    const guard = guardSchema.parse({ key: 'gave-up', source: 'events', events, margin: 1.2 });
    const { windows } = await read(paid, 61_000, requestOf({ guard }));
    expect(windows).toEqual([{ from: 50_000, to: 55_000, new: { bad: 6, total: 4 }, control: null }]);
  });

  it('asks once per environment, for all guards there', async () => {
    const asked = new Counts().add('staging', 10, { [`shop|${SPLIT}|on|exposures`]: 1 });
    const requests = [
      requestOf({}, { watermark: 40_000 }),
      requestOf({ environment: 'staging' }),
      requestOf({}, { watermark: 45_000 }),
    ];
    const readings = await new EventsMetricSource(asked).read(requests, 61_000);
    expect(asked.calls).toEqual([
      { environment: 'production', from: 8, to: 11 },
      { environment: 'staging', from: 10, to: 11 },
    ]);
    expect(readings.map(({ windows }) => windows.length)).toEqual([0, 1, 0]);
  });

  it('tells what was too old to be read', async () => {
    const hour = 3_600_000;
    const { lost, watermark } = await read(counts, hour, requestOf());
    expect({ lost, watermark }).toEqual({ lost: hour - 600_000 - 50_000, watermark: hour - 5_000 });
  });

  it('knows nothing while the store is away', async () => {
    const away = {
      readUnits: () => Promise.reject(new Error('not asked')),
      readCounts: () => Promise.reject(new Problem('STORE_UNAVAILABLE', 'Redis is away.')),
    };
    expect(await read(away, 61_000)).toEqual({
      windows: [],
      watermark: 50_000,
      unknown: "the store's counts can't be read: Redis is away.",
      code: 'UNREACHABLE',
      lost: 0,
      windowLength: 5_000,
    });
  });
});
