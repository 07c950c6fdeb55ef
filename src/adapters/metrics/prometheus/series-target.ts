import { type ScrapeTarget, targetsAt } from '../scrape-target.js';
import type { SampledSeries } from './sampled-series.js';

/** Labels that say which exporter a series came from; what else differs lies within one scrape. */
export const IDENTITY = ['job', 'instance', 'namespace', 'pod'] as const;

/** Worked out once for each series and each answer, which never change: hundreds of guards read the same ones. */
const names = new WeakMap<SampledSeries, string>();
const targets = new WeakMap<readonly SampledSeries[], ReadonlyMap<string, ScrapeTarget>>();

/** Names the target that a series came from. */
export function targetOf(series: SampledSeries): string {
  const known = names.get(series);
  if (known !== undefined) return known;
  const name = JSON.stringify(IDENTITY.map((label) => series.labels[label] ?? ''));
  names.set(series, name);
  return name;
}

/** The targets behind some series, by name. */
export function targetsOf(series: readonly SampledSeries[]): ReadonlyMap<string, ScrapeTarget> {
  const known = targets.get(series);
  if (known !== undefined) return known;
  const scrapes = new Map<string, Set<number>>();
  for (const one of series) {
    const times = scrapes.get(targetOf(one)) ?? new Set<number>();
    for (const { at } of one.samples) times.add(at);
    scrapes.set(targetOf(one), times);
  }
  const found = targetsAt(scrapes);
  targets.set(series, found);
  return found;
}
