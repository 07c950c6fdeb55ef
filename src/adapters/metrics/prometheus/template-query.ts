import type { GuardQuery } from '../../../domain/guard.js';
import type { LabelMatcher } from '../../../domain/metric-selector.js';
import { anyOf, speltSelector } from './spelt-selector.js';

/** A label, and the values of it that series of one route have. */
export interface OwnLabel {
  readonly label: string;
  readonly values: readonly string[];
}

/** What a template reads for a route: one metric, or one histogram. */
export interface TemplateQuery {
  /** `bad`: of a counter, some; `sum`: a histogram's sum and count; `buckets`: its buckets. */
  readonly form: 'bad' | 'sum' | 'buckets';
  /** The name; of a histogram without `_sum`, `_count`, `_bucket`. */
  readonly metric: string;
  /** The same for every route. */
  readonly shared: readonly LabelMatcher[];
  /** What tells this route's series from others': each label has one of its values. */
  readonly own: readonly OwnLabel[];
  /** Of form `bad`: the ones that are. */
  readonly failed: LabelMatcher;
  readonly arm: GuardQuery['arm'];
}

/** The selectors that it comes to for the route alone. */
export function selectorsFor({ form, metric, shared, own, failed, arm }: TemplateQuery): GuardQuery {
  const matchers = [...shared, ...own.map(({ label, values }) => anyOf(label, values))];
  const of = (name: string): string => speltSelector({ metric: name, matchers });
  switch (form) {
    case 'buckets':
      return { buckets: of(`${metric}_bucket`), arm };
    case 'sum':
      return { sum: of(`${metric}_sum`), total: of(`${metric}_count`), arm };
    default:
      return { bad: speltSelector({ metric, matchers: [...matchers, failed] }), total: of(metric), arm };
  }
}
