import type { GuardQuery } from '../../../domain/guard.js';
import { type LabelMatcher, readSelector } from '../../../domain/metric-selector.js';
import { selectorFault, selectorTest } from '../../../domain/selector-test.js';
import type { SampledSeries } from './sampled-series.js';
import type { Samples } from './read-windows.js';

/** The selectors to ask for, in this order, and what the answer to the second one is; a histogram is all in the first. */
export interface Asks {
  readonly first: string;
  readonly beside: string | null;
  readonly form: 'bad' | 'sum' | 'buckets';
  /** Which of the first answer's series are bad, where that tells of both; null where it doesn't. */
  readonly isBad: ((series: SampledSeries) => boolean) | null;
}

/** What to ask for a guard's query; null where it lacks a selector. */
export function asksOf({ bad, total, sum, buckets }: GuardQuery): Asks | null {
  if (buckets !== undefined) return { first: buckets, beside: null, form: 'buckets', isBad: null };
  if (total === undefined) return null;
  if (bad !== undefined) {
    const isBad = partTest(bad, total);
    return { first: total, beside: isBad === null ? bad : null, form: 'bad', isBad };
  }
  return sum === undefined ? null : { first: total, beside: sum, form: 'sum', isBad: null };
}

interface Answers {
  readonly first: readonly SampledSeries[];
  readonly beside: readonly SampledSeries[];
  readonly begins: number;
}

/** The answers by what they are. */
export function samplesOf({ form, isBad }: Asks, { first, beside, begins }: Answers): Samples {
  switch (form) {
    case 'buckets': {
      const total = first.filter(({ labels }) => labels['le'] === '+Inf');
      return { bad: [], total, buckets: first, begins };
    }
    case 'sum':
      return { bad: [], total: first, sum: beside, begins };
    default:
      return { bad: isBad === null ? beside : first.filter(isBad), total: first, begins };
  }
}

/** Tells the series of a selector among those of another, where it asks all that the other asks, and more; null where it doesn't. */
function partTest(part: string, whole: string): Asks['isBad'] {
  const [narrow, wide] = [readSelector(part), readSelector(whole)];
  if (narrow === null || wide === null || narrow.metric !== wide.metric) return null;
  const asked = new Set(narrow.matchers.map(nameOf));
  if (!wide.matchers.every((matcher) => asked.has(nameOf(matcher)))) return null;
  const known = new Set(wide.matchers.map(nameOf));
  const more = { metric: null, matchers: narrow.matchers.filter((one) => !known.has(nameOf(one))) };
  if (selectorFault(more) !== null) return null;
  const test = selectorTest(more);
  return ({ labels }) => test(labels['__name__'] ?? '', labels);
}

function nameOf({ label, operator, value }: LabelMatcher): string {
  return JSON.stringify([label, operator, value]);
}
