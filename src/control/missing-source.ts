import type { Guard } from '../domain/guard.js';
import type { MetricReading } from '../domain/guard/reading.js';
import { nothingNew } from '../domain/guard/nothing-new.js';
import { MetricSource, type MetricRequest } from '../ports/metric-source.js';

/** Stands for what no source serves that this service is set up with: such guards are blind, and say why. */
export class MissingSource extends MetricSource {
  constructor(
    readonly name: Guard['source'],
    private readonly others: readonly MetricSource[],
  ) {
    super();
  }

  override serves(guard: Pick<Guard, 'source' | 'server'>): boolean {
    return super.serves(guard) && !this.others.some((source) => source.serves(guard));
  }

  read(requests: readonly MetricRequest[]): Promise<readonly MetricReading[]> {
    return Promise.resolve(
      requests.map(({ subject, watermark }) =>
        nothingNew(watermark, { code: 'NO_SOURCE', words: this.#words(subject.guard) }),
      ),
    );
  }

  #words({ server }: Guard): string {
    if (this.name !== 'prometheus') return `no source "${this.name}" is set up here`;
    return server === null
      ? 'no Prometheus is set up here: TIDEGATE_PROMETHEUS_URL is not set'
      : `no Prometheus named "${server}" is set up here: TIDEGATE_PROMETHEUS_SERVERS does not name it`;
  }
}
