import type { Documents } from '../domain/documents.js';
import { pushedQueryOf } from '../domain/guard/pushed-query.js';
import { readSelector, type Selector } from '../domain/metric-selector.js';
import type { Guard } from '../domain/guard.js';
import { selectorFault, type SelectorTest, selectorTest } from '../domain/selector-test.js';

/** What the guards of an environment read of pushed metrics: nobody can fill the store with metrics of his own. */
export class WantedMetrics {
  readonly #tests: readonly SelectorTest[];
  readonly #metrics: ReadonlySet<string | null>;
  /** Labels that any guard asks about, or tells arms or strata by; no others are kept. */
  readonly labels: ReadonlySet<string>;

  constructor(documents: Documents) {
    const queries = documents
      .list('guard')
      .filter(({ value }) => value.source === 'otlp')
      .flatMap(({ value }) => queriesOf(documents, value));
    const selectors = queries.flatMap(({ selectors: both }) => both);
    this.#tests = selectors.map(selectorTest);
    this.#metrics = new Set(selectors.map(({ metric }) => metric));
    this.labels = new Set([
      ...selectors.flatMap(({ matchers }) => matchers.map(({ label }) => label)),
      ...queries.flatMap(({ labels }) => labels),
    ]);
  }

  has(metric: string, labels: Readonly<Record<string, string>>): boolean {
    return this.#tests.some((test) => test(metric, labels));
  }

  /** Whether a guard names this metric, whatever it asks of labels. */
  hasMetric(metric: string): boolean {
    return this.#metrics.has(metric);
  }
}

interface Wanted {
  readonly selectors: readonly Selector[];
  /** Of the arms, and of the strata where it has some. */
  readonly labels: readonly string[];
}

/** A template is read for every route that the guard may stand on: its own, its target's, or those of rollouts that name it. */
function queriesOf(documents: Documents, guard: Guard): Wanted[] {
  const arms = { new: '', control: '' };
  return [null, ...routesOf(documents, guard)].flatMap((key) => {
    const route = key === null ? undefined : documents.value('route', key);
    const read =
      route === undefined || key === null ? null : { key, service: route.service, port: route.port };
    const query = pushedQueryOf({ environment: '', guard, arms, route: read, rule: null });
    if (query === null) return [];
    const { bad = '', total = '', sum = '', buckets = '' } = query;
    const selectors = [bad, total, sum, buckets]
      .map(readSelector)
      .flatMap((one) => (one === null || selectorFault(one) !== null ? [] : [one]));
    return [
      {
        selectors,
        labels: guard.strata === null ? [query.arm.label] : [query.arm.label, guard.strata.label],
      },
    ];
  });
}

function routesOf(documents: Documents, { key, route, target }: Guard): string[] {
  if (route !== null) return [route];
  if (target !== null) return 'route' in target ? [target.route] : [];
  const users = documents.list('rollout').filter(({ value }) => value.guards.includes(key));
  return users.flatMap(({ value }) => value.routes.map((one) => one.key));
}
