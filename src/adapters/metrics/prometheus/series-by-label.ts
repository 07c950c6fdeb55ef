import { grouped } from '../../../domain/grouped.js';
import type { SampledSeries } from './sampled-series.js';

type Series = readonly SampledSeries[];

/** Worked out once for each answer: hundreds of guards read the same one, each its own arms. */
const known = new WeakMap<Series, Map<string, ReadonlyMap<string, Series>>>();

/** Those of some series whose label has a value, in their order; the empty one have those without the label. */
export function seriesWith(series: Series, label: string, value: string): Series {
  const byLabel = known.get(series) ?? new Map<string, ReadonlyMap<string, Series>>();
  known.set(series, byLabel);
  const byValue = byLabel.get(label) ?? grouped(series, ({ labels }) => labels[label] ?? '');
  byLabel.set(label, byValue);
  return byValue.get(value) ?? [];
}
