import type { Guard } from '../domain/guard.js';
import type { MetricSource } from '../ports/metric-source.js';
import { MissingSource } from './missing-source.js';

const NAMES: readonly Guard['source'][] = ['prometheus', 'events', 'otlp', 'webhook'];

/** The metric sources that this service is set up with; injected by this class. */
export class MetricSources {
  readonly #sources: readonly MetricSource[];

  constructor(sources: readonly MetricSource[]) {
    this.#sources = NAMES.map(
      (name) => sources.find((source) => source.name === name) ?? new MissingSource(name),
    );
  }

  /** One for each name that guards know. */
  all(): readonly MetricSource[] {
    return this.#sources;
  }
}
