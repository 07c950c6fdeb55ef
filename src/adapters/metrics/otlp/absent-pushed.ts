import { type Absence, absenceOf } from '../../../domain/guard/absence.js';
import { armsNeeded } from '../../../domain/guard/absence-words.js';
import type { PushedQuery } from '../../../domain/guard/pushed-query.js';
import type { Guard } from '../../../domain/guard.js';
import { readSelector } from '../../../domain/metric-selector.js';
import { selectorTest } from '../../../domain/selector-test.js';
import type { PushedSeries } from './pushed-series.js';

/**
 * Which selectors of a guard nothing was pushed for of late: of the total, a sum or buckets for an arm that it needs, of bad events for neither. Of a
 * template only what has to be there: no person wrote its selectors.
 */
export function absentPushed(
  series: readonly PushedSeries[],
  { guard, query }: { readonly guard: Guard; readonly query: PushedQuery },
): Absence[] {
  const { label } = query.arm;
  const needed = armsNeeded(guard, query.arm);
  return (['total', 'sum', 'buckets', 'bad'] as const).flatMap((selector) => {
    const text = query[selector];
    const read = text === undefined ? null : readSelector(text);
    if (text === undefined || read === null || (selector === 'bad' && guard.query === null)) return [];
    const isSelected = selectorTest(read);
    const found = series.filter(([{ metric, labels }]) => isSelected(metric, labels));
    const values = new Set(found.flatMap(([{ labels }]) => labels[label] ?? []));
    return absenceOf({ selector, text, label }, needed, found.length === 0 ? null : [...values].sort());
  });
}
