import type { GuardQuery } from '../../../domain/guard.js';
import type { SampledSeries } from './prometheus-client.js';
import type { Samples } from './read-windows.js';

/** The selectors to ask for, in this order, and what the answer to the second one is; a histogram is all in the first. */
export interface Asks {
  readonly first: string;
  readonly beside: string | null;
  readonly form: 'bad' | 'sum' | 'buckets';
}

/** What to ask for a guard's query; null where it lacks a selector. */
export function asksOf({ bad, total, sum, buckets }: GuardQuery): Asks | null {
  if (buckets !== undefined) return { first: buckets, beside: null, form: 'buckets' };
  if (total === undefined) return null;
  if (bad !== undefined) return { first: total, beside: bad, form: 'bad' };
  return sum === undefined ? null : { first: total, beside: sum, form: 'sum' };
}

interface Answers {
  readonly first: readonly SampledSeries[];
  readonly beside: readonly SampledSeries[];
  readonly begins: number;
}

/** The answers by what they are. */
export function samplesOf({ form }: Asks, { first, beside, begins }: Answers): Samples {
  switch (form) {
    case 'buckets': {
      const total = first.filter(({ labels }) => labels['le'] === '+Inf');
      return { bad: [], total, buckets: first, begins };
    }
    case 'sum':
      return { bad: [], total: first, sum: beside, begins };
    default:
      return { bad: beside, total: first, begins };
  }
}
