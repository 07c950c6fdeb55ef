import type { Guard } from '../domain/guard.js';
import type { MetricSource } from '../ports/metric-source.js';
import { MissingSource } from './missing-source.js';

const NAMES: readonly Guard['source'][] = ['prometheus', 'events', 'otlp', 'webhook'];

/** The metric sources that this service is set up with; injected by this class. */
export class MetricSources {
  readonly #sources: readonly MetricSource[];

  constructor(sources: readonly MetricSource[]) {
    this.#sources = [...sources, ...NAMES.map((name) => new MissingSource(name, sources))];
  }

  /** Each guard is served by exactly one of them. */
  all(): readonly MetricSource[] {
    return this.#sources;
  }
}
