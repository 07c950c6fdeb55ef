import type { Guard } from '../domain/guard.js';
import type { MetricReading } from '../domain/guard/reading.js';
import { untold } from '../domain/guard/trouble.js';
import { MetricSource, type MetricRequest } from '../ports/metric-source.js';

/** Stands for a source that this service is not set up with: its guards are blind, and say why. */
export class MissingSource extends MetricSource {
  constructor(readonly name: Guard['source']) {
    super();
  }

  read(requests: readonly MetricRequest[]): Promise<readonly MetricReading[]> {
    const trouble = untold({ code: 'NO_SOURCE', words: `no source "${this.name}" is set up here` });
    return Promise.resolve(
      requests.map(({ watermark }) => ({
        windows: [],
        watermark,
        ...trouble,
        lost: 0,
        windowLength: 15_000,
      })),
    );
  }
}
