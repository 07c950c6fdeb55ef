import { describe, expect, it } from '@jest/globals';
import { VALUE_BOUNDS, valueBucket } from '@tidegate/sdk/engine';
import { guardSchema } from '../../../domain/guard.js';
import { judge } from '../../../domain/guard/judge.js';
import { ALONE } from '../../../domain/guard/combination.js';
import { freshRecord } from '../../../domain/guard/record.js';
import { seriesName } from '../../../domain/series.js';
import type { Count } from '../../../ports/store.js';
import { COUNT_WINDOW } from '../../../ports/store.js';
import { EventsMetricSource } from './events-metric-source.js';

const RULE = 'rollout:new:split';
const series = (variant: string) => ({ flag: 'shop', rule: RULE, variant, event: 'paid' });

/** What the intake adds for one value. */
function add(counts: Map<string, Count>, variant: string, value: number): void {
  const names = [
    series(variant),
    ...(value === 1 ? [] : [{ ...series(variant), bucket: valueBucket(value) }]),
  ];
  for (const name of names.map(seriesName)) {
    const known = counts.get(name) ?? { count: 0, sum: 0 };
    counts.set(name, { count: known.count + 1, sum: known.sum + value });
  }
}

const guard = guardSchema.parse({
  key: 'revenue',
  kind: 'mean',
  source: 'events',
  events: { flag: 'shop', bad: 'paid' },
  margin: 1,
  mean: { worse: 'lower' },
  phi: 1,
});
const subject = {
  environment: 'e',
  guard,
  arms: { new: 'on', control: 'off' },
  route: null,
  rule: RULE,
};

/** Judges windows of orders as the events source reads them. */
async function judged(windows: readonly Map<string, Count>[]) {
  const source = new EventsMetricSource({
    readUnits: () => Promise.reject(new Error('not asked')),
    readCounts: (_, names, from, to) =>
      Promise.resolve(
        new Map(
          windows.flatMap((counts, number) =>
            number < from || number > to
              ? []
              : [[number, new Map([...counts].filter(([name]) => names.includes(name)))] as const],
          ),
        ),
      ),
  });
  let record = freshRecord(1, 0);
  for (let number = 0; number < windows.length; number += 100) {
    const now = Math.min(windows.length, number + 100) * COUNT_WINDOW + 1_000;
    const [reading = null] = await source.read([{ subject, watermark: record.watermark, since: 0 }], now);
    const plan = { plannedEnd: windows.length * COUNT_WINDOW, paused: false, endless: false };
    const situation = { now, combined: ALONE, comparable: true, plan, step: null };
    record = judge({ guard, record, reading, situation }).record;
  }
  return record;
}

/** Orders of about 20, `factor` times as much in the new arm; `whale`: one order in one window of the control. */
function orders(count: number, factor: number, whale = 0): Map<string, Count>[] {
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: count }, (_, index) => {
    const counts = new Map<string, Count>();
    for (let i = 0; i < 10; i += 1) add(counts, 'on', factor * 20 * (0.5 + random()));
    for (let i = 0; i < 40; i += 1) add(counts, 'off', 20 * (0.5 + random()));
    if (whale > 0 && index === Math.floor(count / 2)) add(counts, 'off', whale);
    return counts;
  });
}

describe('values of events', () => {
  it('are read with their sum and buckets, and those without a bucket by their mean', async () => {
    const counts = new Map<string, Count>();
    for (const value of [1, 1, 3, 300]) add(counts, 'off', value);
    const source = new EventsMetricSource({
      readUnits: () => Promise.reject(new Error('not asked')),
      readCounts: () => Promise.resolve(new Map([[0, counts]])),
    });
    const [reading] = await source.read([{ subject, watermark: 0, since: 0 }], COUNT_WINDOW + 1_000);
    const [window] = reading?.windows ?? [];
    expect(window).toMatchObject({
      new: null,
      control: { bad: 0, total: 4, sum: 305 },
      bounds: VALUE_BOUNDS,
    });
    const told = (window?.control?.buckets ?? []).flatMap((count, bucket) =>
      count === 0 ? [] : [[bucket, count]],
    );
    expect(told).toEqual([
      [valueBucket(1), 2],
      [valueBucket(3), 1],
      [valueBucket(300), 1],
    ]);
  });

  it('trip a guard on revenue that falls by a tenth', async () => {
    const record = await judged(orders(400, 0.9));
    expect(record.trip?.evidence).toMatchObject({ words: expect.stringContaining('mean 0.9') });
  });

  it('leave it alone where nothing is worse', async () => {
    expect(await judged(orders(400, 1))).toMatchObject({ trip: null, state: 'ok' });
  });

  it('are cut: one order of a million in the control makes nothing of the new arm worse', async () => {
    const record = await judged(orders(400, 1, 1_000_000));
    expect(record).toMatchObject({ trip: null, state: 'ok' });
    expect(record.sums.controlBad / record.sums.controlTotal).toBeLessThan(21);
  });

  it('are waited for until the limit is fixed', async () => {
    const record = await judged(orders(20, 0.5));
    expect(record).toMatchObject({ logE: null, state: 'warming' });
    expect(record.trouble).toContain('800 of the 1000 values of the control');
  });
});
