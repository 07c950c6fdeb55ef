import { grouped } from '../../../domain/grouped.js';
import { nothingNew } from '../../../domain/guard/nothing-new.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { troubleIn } from '../../../domain/guard/trouble.js';
import { type MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { COUNT_WINDOW, type ReceivedPoint, type Store } from '../../../ports/store.js';
import { GRACE, REACH } from '../reach.js';
import { readPushed } from './read-pushed.js';

/** Read before the watermark, for the last point of each series: four pushes of the longest usual interval, ms. */
const BEFORE = 4 * 60_000;

/** Windows out of the metrics that were pushed to any replica, by the store's clock. */
export class OtlpMetricSource extends MetricSource {
  override readonly name = 'otlp';
  /** Points of windows that are over, by environment and window: they don't change any more, so they are read once. */
  readonly #kept = new Map<string, Map<number, readonly ReceivedPoint[]>>();

  constructor(private readonly store: Pick<Store, 'readPoints'>) {
    super();
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const environments = [...new Set(requests.map(({ subject }) => subject.environment))];
    const read = new Map(
      await Promise.all(
        environments.map(async (one) => [one, await this.#tried(one, requests, now)] as const),
      ),
    );
    return requests.map((request) => {
      const points = read.get(request.subject.environment) ?? 'not read';
      if (typeof points === 'string')
        return nothingNew(request.watermark, { code: 'UNREACHABLE', words: points });
      return readPushed({ points, begins: beginsOf(request, now) }, request);
    });
  }

  override forget(environment: string): void {
    this.#kept.delete(environment);
  }

  async #tried(
    environment: string,
    requests: readonly MetricRequest[],
    now: number,
  ): Promise<readonly ReceivedPoint[] | string> {
    const ours = requests.filter(({ subject }) => subject.environment === environment);
    const from = Math.min(...ours.map((request) => beginsOf(request, now)));
    try {
      return await this.#points(environment, Math.floor(from / COUNT_WINDOW), now);
    } catch (error) {
      return `pushed metrics can't be read: ${troubleIn(error).words}`;
    }
  }

  /** What came in windows from `from` on. */
  async #points(environment: string, from: number, now: number): Promise<ReceivedPoint[]> {
    const kept = this.#kept.get(environment) ?? new Map<number, readonly ReceivedPoint[]>();
    this.#kept.set(environment, kept);
    for (const window of kept.keys()) if (window < from) kept.delete(window);
    const present = Math.floor(now / COUNT_WINDOW);
    const windows = Array.from({ length: present - from + 1 }, (_, i) => from + i);
    const missing = windows.filter((window) => !kept.has(window));
    const read = await this.store.readPoints(environment, missing[0] ?? present, present);
    const byWindow = grouped(read, ({ at }) => Math.floor(at / COUNT_WINDOW));
    for (const window of missing) {
      if ((window + 1) * COUNT_WINDOW + GRACE <= now) kept.set(window, byWindow.get(window) ?? []);
    }
    return windows.flatMap((window) => [...(kept.get(window) ?? byWindow.get(window) ?? [])]);
  }
}

/** Where the points begin that a request needs. */
function beginsOf({ watermark }: MetricRequest, now: number): number {
  return Math.max(watermark - BEFORE, now - REACH);
}
