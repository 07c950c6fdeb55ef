import { GUARD_SOURCES } from '../domain/guard.js';
import type { MetricSource } from '../ports/metric-source.js';
import { MissingSource } from './missing-source.js';

/** The metric sources that this service is set up with; injected by this class. */
export class MetricSources {
  readonly #sources: readonly MetricSource[];

  constructor(sources: readonly MetricSource[]) {
    this.#sources = [...sources, ...GUARD_SOURCES.map((name) => new MissingSource(name, sources))];
  }

  /** Each guard is served by exactly one of them. */
  all(): readonly MetricSource[] {
    return this.#sources;
  }
}
