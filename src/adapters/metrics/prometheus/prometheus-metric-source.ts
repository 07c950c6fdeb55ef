import type { MetricReading } from '../../../domain/guard/reading.js';
import type { GuardQuery } from '../../../domain/guard.js';
import { type MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { selectorsOf } from './guard-selectors.js';
import { PrometheusClient, type SampledSeries } from './prometheus-client.js';
import { nothingNew, readWindows } from './read-windows.js';
import { targetsOf } from './scrape-target.js';

/** What is older is not read any more, ms. */
const REACH = 10 * 60_000;
/** Scrapes read before the watermark: the last ones of each target, and enough of them to tell its interval. */
const SCRAPES_BEFORE = 4;
/** Longest scrape interval to expect of a selector that was not read before, ms. */
const LONGEST_INTERVAL = 60_000;
const AT_ONCE = 8;

interface Asked {
  readonly request: MetricRequest;
  readonly selectors: GuardQuery | null;
}

/** Series, or in words why there are none. */
type Answer = { readonly series: readonly SampledSeries[] } | { readonly unknown: string };

/** Windows out of the raw samples of a Prometheus, differenced here: `rate()` loses the first failures of a version. */
export class PrometheusMetricSource extends MetricSource {
  override readonly name = 'prometheus';
  readonly #client: PrometheusClient;
  /** Longest scrape interval behind a selector, as last seen; only how far a query reaches back rests on it. */
  #intervals = new Map<string, number>();

  /** `url` of the server, with a path where it has one. */
  constructor(url: string) {
    super();
    this.#client = new PrometheusClient(url);
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const asked = requests.map((request) => ({ request, selectors: selectorsOf(request.subject) }));
    const reaches = this.#reaches(asked, now);
    // Totals first: whatever scrape they show, the failures read after them show as well.
    const totals = await this.#ask(asked, 'total', { reaches, now });
    this.#learnIntervals(totals);
    const answered = asked.filter(
      ({ selectors }) => selectors && 'series' in (totals.get(selectors.total) ?? {}),
    );
    const bads = await this.#ask(answered, 'bad', { reaches, now });
    return asked.map(({ request, selectors }) => {
      if (selectors === null)
        return unknown(request, 'the guard has neither a query nor a route for its template');
      const total = totals.get(selectors.total) ?? NOT_ASKED;
      const bad = bads.get(selectors.bad) ?? NOT_ASKED;
      if ('unknown' in total) return unknown(request, total.unknown);
      if ('unknown' in bad) return unknown(request, bad.unknown);
      const begins = now - (reaches.get(selectors.total) ?? 0);
      return readWindows({ bad: bad.series, total: total.series, begins }, selectors.arm, request);
    });
  }

  /** How far back each selector is read, ms: for the oldest watermark of those that share it. */
  #reaches(asked: readonly Asked[], now: number): Map<string, number> {
    const reaches = new Map<string, number>();
    for (const { request, selectors } of asked) {
      if (selectors === null) continue;
      const before = SCRAPES_BEFORE * (this.#intervals.get(selectors.total) ?? LONGEST_INTERVAL);
      const reach = Math.min(REACH, Math.max(0, now - request.watermark) + before);
      for (const selector of [selectors.total, selectors.bad]) {
        reaches.set(selector, Math.max(reach, reaches.get(selector) ?? 0));
      }
    }
    return reaches;
  }

  async #ask(
    asked: readonly Asked[],
    which: 'bad' | 'total',
    { reaches, now }: { readonly reaches: ReadonlyMap<string, number>; readonly now: number },
  ): Promise<Map<string, Answer>> {
    const waiting = [...new Set(asked.flatMap(({ selectors }) => (selectors ? [selectors[which]] : [])))];
    const answers = new Map<string, Answer>();
    const askAll = async (): Promise<void> => {
      for (let selector = waiting.pop(); selector !== undefined; selector = waiting.pop()) {
        const reach = Math.ceil((reaches.get(selector) ?? 0) / 1_000);
        answers.set(selector, await this.#answer(selector, reach, now));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askAll));
    return answers;
  }

  async #answer(selector: string, reach: number, now: number): Promise<Answer> {
    try {
      return { series: await this.#client.samples(selector, reach, now) };
    } catch (error) {
      return { unknown: error instanceof Error ? error.message : String(error) };
    }
  }

  #learnIntervals(totals: ReadonlyMap<string, Answer>): void {
    const learnt = new Map<string, number>();
    for (const [selector, answer] of totals) {
      const targets = 'series' in answer ? [...targetsOf(answer.series).values()] : [];
      const known = this.#intervals.get(selector);
      const longest = targets.length > 0 ? Math.max(...targets.map(({ interval }) => interval)) : known;
      if (longest !== undefined) learnt.set(selector, longest);
    }
    this.#intervals = learnt;
  }
}

const NOT_ASKED: Answer = { unknown: 'Prometheus was not asked' };

function unknown({ watermark }: MetricRequest, words: string): MetricReading {
  return { ...nothingNew(watermark), unknown: words };
}
