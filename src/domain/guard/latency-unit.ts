import type { Guard } from '../guard.js';

/** The unit of a guard's histogram with a space before it, as the name of its metric tells it; empty where that is not known. */
export function latencyUnit({ template, query }: Pick<Guard, 'template' | 'query'>): string {
  if (template === 'istio' || template === 'envoy') return ' ms';
  const metric = query?.buckets ?? '';
  if (/milliseconds_bucket|_ms_bucket/.test(metric)) return ' ms';
  return /seconds_bucket/.test(metric) ? ' s' : '';
}
