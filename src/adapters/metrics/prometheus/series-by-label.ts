import type { SampledSeries } from './sampled-series.js';

type Series = readonly SampledSeries[];

/** Worked out once for each answer: hundreds of guards read the same one, each its own arms. */
const known = new WeakMap<Series, Map<string, ReadonlyMap<string, Series>>>();

/** Those of some series whose label has a value, in their order; the empty one have those without the label. */
export function seriesWith(series: Series, label: string, value: string): Series {
  const byLabel = known.get(series) ?? new Map<string, ReadonlyMap<string, Series>>();
  known.set(series, byLabel);
  const byValue = byLabel.get(label) ?? groupBy(series, label);
  byLabel.set(label, byValue);
  return byValue.get(value) ?? [];
}

function groupBy(series: Series, label: string): ReadonlyMap<string, Series> {
  const groups = new Map<string, SampledSeries[]>();
  for (const one of series) {
    const value = one.labels[label] ?? '';
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [one]);
    else group.push(one);
  }
  return groups;
}
