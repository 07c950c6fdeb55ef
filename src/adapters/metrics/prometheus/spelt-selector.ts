import type { LabelMatcher, Selector } from '../../../domain/metric-selector.js';

/** A plain selector as PromQL spells it. */
export function speltSelector({ metric, matchers }: Selector): string {
  return `${metric ?? ''}{${matchers.map(speltMatcher).join(',')}}`;
}

/** PromQL's double-quoted strings have the escapes of JSON's. */
export function speltMatcher({ label, operator, value }: LabelMatcher): string {
  return `${label}${operator}${JSON.stringify(value)}`;
}

/** That a label has one of some values, as they stand; of several, what Prometheus looks up one by one. */
export function anyOf(label: string, values: readonly string[]): LabelMatcher {
  const [only = ''] = values;
  if (values.length === 1) return { label, operator: '=', value: only };
  return { label, operator: '=~', value: values.map(literal).join('|') };
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
