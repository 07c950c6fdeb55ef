import type { Increment } from '../increment.js';
import type { ScrapeTarget } from '../scrape-target.js';
import type { SampledSeries } from './sampled-series.js';
import { targetOf } from './series-target.js';

/**
 * Which increments are those of a guard that was made at `since` (epoch ms): those that began after it, and of a new version that was
 * not there before all that its exporter told first. What the control did between the scrape before and `since` is then in as well: a
 * little more of the same time.
 */
export class Beginnings {
  /** When exporters told of the new version first, epoch ms; those that told of it before the guard was made are left out. */
  readonly #first: ReadonlyMap<string, number>;

  /** `fresh`: all totals of the new version. */
  constructor(
    fresh: readonly SampledSeries[],
    targets: ReadonlyMap<string, ScrapeTarget>,
    private readonly since: number,
  ) {
    const first = new Map<string, number>();
    for (const one of fresh) {
      const at = one.samples[0]?.at ?? Infinity;
      first.set(targetOf(one), Math.min(at, first.get(targetOf(one)) ?? Infinity));
    }
    this.#first = new Map([...first].filter(([name, at]) => targets.has(name) && at > since));
  }

  /** Of the increments of an exporter those that count. */
  of(increments: readonly Increment[], target: string): Increment[] {
    const first = this.#first.get(target);
    return increments.filter(({ start, at }) => start >= this.since || at === first);
  }
}
