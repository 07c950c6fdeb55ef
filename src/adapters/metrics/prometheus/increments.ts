import type { SampledSeries } from './prometheus-client.js';
import { type ScrapeTarget, silence } from './scrape-target.js';

/** What a counter rose by between two scrapes, `start` and `at` (epoch ms). */
export interface Increment {
  readonly start: number;
  readonly at: number;
  readonly value: number;
}

/**
 * The increments of one counter. After a reset (a value below the one before) the new value is the increment. A series
 * that is born on a target that was scraped before counts from 0: the first failure of a version makes its series. One
 * that was there when the answer begins, or whose target comes back after a silence, gives a baseline only.
 */
export function incrementsOf({ samples }: SampledSeries, target: ScrapeTarget): Increment[] {
  const { scrapes } = target;
  const longest = silence(target);
  let next = 0;
  return samples.flatMap(({ at, value }, i) => {
    while ((scrapes[next] ?? Infinity) < at) next += 1;
    const scraped = scrapes[next - 1];
    if (scraped === undefined || at - scraped > longest) return [];
    const previous = samples[i - 1] ?? { at: scraped, value: 0 };
    const isReset = value < previous.value;
    return [{ start: previous.at, at, value: isReset ? value : value - previous.value }];
  });
}

/** A value that no counter has (NaN, ±Inf, below 0), in words; null where there is none. */
export function oddValueIn(series: readonly SampledSeries[]): string | null {
  for (const { labels, samples } of series) {
    const odd = samples.find(({ value }) => !Number.isFinite(value) || value < 0);
    if (odd !== undefined) return `the counter ${JSON.stringify(labels)} has the value ${odd.value}`;
  }
  return null;
}
