import type { Trouble } from '../../../domain/guard/trouble.js';
import type { Increment } from '../increment.js';
import { type ScrapeTarget, silence } from '../scrape-target.js';
import type { SampledSeries } from './sampled-series.js';

/**
 * The increments of one counter. After a reset (a value below the one before) the new value is the increment. A series
 * that is born on a target that was scraped before counts from 0: the first failure of a version makes its series. One
 * that was there when the answer begins, or whose target comes back after a silence, gives a baseline only. `resets`: when it was
 * reset, where others tell that better than its own values.
 */
export function incrementsOf(
  { samples }: SampledSeries,
  target: ScrapeTarget,
  resets: ReadonlySet<number> | null = null,
): Increment[] {
  const { scrapes } = target;
  const longest = silence(target);
  let next = 0;
  return samples.flatMap(({ at, value }, i) => {
    while ((scrapes[next] ?? Infinity) < at) next += 1;
    const scraped = scrapes[next - 1];
    if (scraped === undefined || at - scraped > longest) return [];
    const previous = samples[i - 1] ?? { at: scraped, value: 0 };
    const isReset = resets === null ? value < previous.value : resets.has(at);
    return [{ start: previous.at, at, value: isReset ? value : value - previous.value }];
  });
}

/** When any of some counters that are reset together was: each may have grown beyond its old value since. */
export function resetsOf(series: readonly SampledSeries[]): Set<number> {
  const fell = series.flatMap(({ samples }) =>
    samples.filter(({ value }, i) => value < (samples[i - 1]?.value ?? 0)).map(({ at }) => at),
  );
  return new Set(fell);
}

/** A value that no counter has (NaN, ±Inf, below 0), as BAD_COUNT; null where there is none. A sum may be below 0. */
export function oddValueIn(series: readonly SampledSeries[], least = 0): Trouble | null {
  for (const { labels, samples } of series) {
    const odd = samples.find(({ value }) => !Number.isFinite(value) || value < least);
    if (odd !== undefined)
      return { code: 'BAD_COUNT', words: `the counter ${JSON.stringify(labels)} has the value ${odd.value}` };
  }
  return null;
}
