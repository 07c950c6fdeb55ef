import type { SampledSeries } from './sampled-series.js';

/** The upper bound of a bucket, as its label `le` says; Infinity for the last; null where it is no bucket. */
export function boundOf({ labels }: Pick<SampledSeries, 'labels'>): number | null {
  const { le } = labels;
  if (le === undefined) return null;
  const bound = le === '+Inf' ? Infinity : Number(le);
  return Number.isNaN(bound) || le.trim() === '' ? null : bound;
}

/** What each bucket had, of how many there were up to each bound. What Prometheus extrapolates need not rise from bound to bound. */
export function inBuckets(upTo: readonly number[]): number[] {
  return upTo.map((count, i) => Math.max(0, count - (upTo[i - 1] ?? 0)));
}
