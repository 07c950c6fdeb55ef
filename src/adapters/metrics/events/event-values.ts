import { VALUE_BOUNDS, valueBucket } from '@tidegate/sdk/engine';
import type { ArmCounts } from '../../../domain/guard/reading.js';
import { type Series, seriesName } from '../../../domain/series.js';
import type { Count } from '../../../ports/store.js';

const BUCKETS = Array.from({ length: VALUE_BOUNDS.length + 1 }, (_, bucket) => bucket);

/** Names of the series that hold the values of an event: all together, and by bucket. */
export function valueNames(series: readonly Series[]): string[] {
  return series.flatMap((one) => [one, ...BUCKETS.map((bucket) => ({ ...one, bucket }))].map(seriesName));
}

/**
 * The values of an event in one window: how many, their sum, and both by bucket. Those that came without a bucket are alike, and
 * stand in the bucket of their mean. null where there are none.
 */
export function valueCounts(series: readonly Series[], found: ReadonlyMap<string, Count>): ArmCounts | null {
  const all = countOf(series, found);
  if (all.count === 0) return null;
  const parts = BUCKETS.map((bucket) =>
    countOf(
      series.map((one) => ({ ...one, bucket })),
      found,
    ),
  );
  const told = { count: 0, sum: 0 };
  for (const { count, sum } of parts) {
    told.count += count;
    told.sum += sum;
  }
  const [count, sum] = [all.count - told.count, all.sum - told.sum];
  const rest = count > 0 ? valueBucket(sum / count) : -1;
  return {
    bad: 0,
    total: all.count,
    sum: all.sum,
    buckets: parts.map((part, bucket) => part.count + (bucket === rest ? count : 0)),
    sums: parts.map((part, bucket) => part.sum + (bucket === rest ? sum : 0)),
  };
}

function countOf(series: readonly Series[], found: ReadonlyMap<string, Count>): Count {
  const all = { count: 0, sum: 0 };
  for (const one of series) {
    const known = found.get(seriesName(one));
    all.count += known?.count ?? 0;
    all.sum += known?.sum ?? 0;
  }
  return all;
}
