import type { Trouble, TroubleCode } from '../../../domain/guard/trouble.js';
import { boundOf } from './buckets.js';
import type { SampledSeries } from './sampled-series.js';

/** The buckets of a histogram in several label sets: `counts` the series of each bound, `total` those of +Inf. */
export interface Histogram {
  /** Ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** One list per bound, and +Inf last: requests up to it, cumulative. */
  readonly counts: readonly (readonly SampledSeries[])[];
}

/**
 * Buckets put together. All label sets must have the same bounds in all their scrapes: what lies between others can't be told
 * apart, and is not guessed. Otherwise why not: BAD_HISTOGRAM, BOUNDS_DIFFER.
 */
export function histogramOf(series: readonly SampledSeries[]): Histogram | { readonly trouble: Trouble } {
  const sets = new Map<string, Map<number, SampledSeries>>();
  for (const one of series) {
    const bound = boundOf(one);
    if (bound === null)
      return not('BAD_HISTOGRAM', `${named(one)} is no bucket: it has no bound in its label le`);
    const name = histogramNameOf(one);
    sets.set(name, (sets.get(name) ?? new Map<number, SampledSeries>()).set(bound, one));
  }
  let bounds: readonly number[] | null = null;
  for (const [name, buckets] of sets) {
    const trouble = oddIn(name, buckets);
    if (trouble !== null) return trouble;
    const own = [...buckets.keys()].sort((a, b) => a - b);
    bounds ??= own;
    if (own.join() !== bounds.join())
      return not(
        'BOUNDS_DIFFER',
        `the histogram ${name} has the bounds ${told(own)}, and another ${told(bounds)}: they must be the same`,
      );
  }
  const all = bounds ?? [Infinity];
  const counts = all.map((bound) => [...sets.values()].flatMap((buckets) => buckets.get(bound) ?? []));
  return { bounds: all.slice(0, -1), counts };
}

/** Names what is one histogram: all labels but the bound. */
export function histogramNameOf({ labels }: SampledSeries): string {
  const { le: _, __name__: __, ...rest } = labels;
  return JSON.stringify(Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function oddIn(
  name: string,
  buckets: ReadonlyMap<number, SampledSeries>,
): { readonly trouble: Trouble } | null {
  const total = buckets.get(Infinity);
  if (total === undefined) return not('BAD_HISTOGRAM', `the histogram ${name} has no bucket +Inf`);
  const isScrapedAlike = ({ samples }: SampledSeries): boolean =>
    samples.length === total.samples.length &&
    samples[0]?.at === total.samples[0]?.at &&
    samples.at(-1)?.at === total.samples.at(-1)?.at;
  const odd = [...buckets].find(([, one]) => !isScrapedAlike(one));
  return odd === undefined
    ? null
    : not(
        'BOUNDS_DIFFER',
        `the bounds of the histogram ${name} changed between scrapes: ${odd[0]} is not in all of them`,
      );
}

function not(code: TroubleCode, words: string): { readonly trouble: Trouble } {
  return { trouble: { code, words } };
}

function told(bounds: readonly number[]): string {
  return bounds.slice(0, -1).join(', ');
}

function named({ labels }: SampledSeries): string {
  return `the series ${JSON.stringify(labels)}`;
}
