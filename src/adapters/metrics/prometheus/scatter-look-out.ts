import type { MetricReading } from '../../../domain/guard/reading.js';
import { SCATTER_SPAN, scatterIn } from '../../../domain/guard/scatter-in-history.js';
import type { Scatter } from '../../../domain/guard/scatter.js';
import type { MetricHistory } from '../../../ports/metric-history.js';
import type { MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { LookOut } from './look-out.js';

/** A server that does not answer is asked again after so long, ms. */
const AGAIN_AFTER = 60_000;

/** One guard's question; the time is the store's, epoch ms. */
interface Asked {
  readonly environment: string;
  notBefore: number;
  scatter: Scatter | null;
}

/**
 * A source on Prometheus whose readings tell guards that want it how much the control scattered before they began: its exporters in two
 * halves. One guard is asked for at a time, and no reading waits for that.
 */
export class ScatterLookOut extends LookOut {
  readonly #asked = new Map<string, Asked>();
  #isAsking = false;

  constructor(
    source: MetricSource,
    private readonly history: Pick<MetricHistory, 'windows'>,
  ) {
    super(source);
  }

  override forget(environment: string): void {
    this.#keep(environment, new Set());
    super.forget(environment);
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const readings = await this.source.read(requests, now);
    const wanting = requests.filter((one) => one.wantsScatter === true);
    const [first] = requests;
    if (first !== undefined) this.#keep(first.subject.environment, new Set(wanting.map(nameOf)));
    this.#askNext(wanting, now);
    return readings.map((reading, i) => {
      const request = requests[i];
      const scatter = request && this.#asked.get(nameOf(request))?.scatter;
      return scatter ? { ...reading, scatter } : reading;
    });
  }

  #askNext(wanting: readonly MetricRequest[], now: number): void {
    if (this.#isAsking) return;
    for (const request of wanting) {
      const asked = this.#askedOf(request);
      if (asked.scatter !== null || now < asked.notBefore) continue;
      this.#isAsking = true;
      void this.#ask(request, asked, now);
      return;
    }
  }

  #askedOf(request: MetricRequest): Asked {
    const name = nameOf(request);
    const { environment } = request.subject;
    const asked = this.#asked.get(name) ?? { environment, notBefore: -Infinity, scatter: null };
    this.#asked.set(name, asked);
    return asked;
  }

  async #ask({ subject, since }: MetricRequest, asked: Asked, now: number): Promise<void> {
    try {
      const span = { subject, from: since - SCATTER_SPAN, to: since, parts: 'halves' as const };
      asked.scatter = scatterIn(subject.guard, await this.history.windows(span));
      asked.notBefore = now + AGAIN_AFTER;
    } finally {
      this.#isAsking = false;
    }
  }

  /** Those of an environment that are still wanted. */
  #keep(environment: string, wanted: ReadonlySet<string>): void {
    for (const [name, one] of this.#asked)
      if (one.environment === environment && !wanted.has(name)) this.#asked.delete(name);
  }
}

function nameOf({ subject: { environment, guard, on }, since }: MetricRequest): string {
  return JSON.stringify([environment, guard.key, on ?? null, since]);
}
