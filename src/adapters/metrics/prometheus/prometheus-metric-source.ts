import type { MetricReading } from '../../../domain/guard/reading.js';
import { type MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { type CountSelectors, selectorsOf } from './guard-selectors.js';
import { PrometheusClient } from './prometheus-client.js';
import type { PrometheusServer } from './prometheus-server.js';
import { type Answer, type Answered, Question } from './question.js';
import { nothingNew, readWindows } from './read-windows.js';
import { targetsOf } from './scrape-target.js';
import { Turns } from './turns.js';

/** What is older is not read any more, ms. */
const REACH = 10 * 60_000;
/** Scrapes read before the watermark: the last ones of each target, and enough of them to tell its interval. */
const SCRAPES_BEFORE = 4;
/** Longest scrape interval to expect of a selector that was not read before, ms. */
const LONGEST_INTERVAL = 60_000;
/** How long a reading waits for what it asked; what comes later is part of a later reading. ms. */
const PATIENCE = 1_000;
/** A pair of selectors that nobody has asked about for so long is forgotten, ms. */
const FORGOTTEN_AFTER = 60_000;

interface Asked {
  readonly request: MetricRequest;
  readonly selectors: CountSelectors;
  readonly question: Question;
}

/**
 * Windows out of the raw samples of a Prometheus, differenced here: `rate()` loses the first failures of a version. A
 * guard whose selectors take long has no news until they are answered, and holds up no other.
 */
export class PrometheusMetricSource extends MetricSource {
  override readonly name = 'prometheus';
  readonly #client: PrometheusClient;
  readonly #turns = new Turns();
  /** Only what is on its way, and how far back the next query reaches, rest on these. */
  readonly #questions = new Map<string, Question>();

  constructor(server: PrometheusServer) {
    super();
    this.#client = new PrometheusClient(server);
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const asked = requests.map((request) => this.#asked(request, now));
    await settled(this.#askAll(asked.filter(isAsked), now));
    const answers = new Map<Question, Answered | null>();
    for (const { question } of asked.filter(isAsked)) {
      if (!answers.has(question)) answers.set(question, question.take());
    }
    this.#forget(now);
    return asked.map((one, index) => {
      if (one !== null) return readingOf(one, answers.get(one.question) ?? null);
      const words = 'the guard has neither a query nor a route for its template';
      return { ...nothingNew(requests[index]?.watermark ?? now), unknown: words };
    });
  }

  #asked(request: MetricRequest, now: number): Asked | null {
    const selectors = selectorsOf(request.subject);
    if (selectors === null) return null;
    const name = JSON.stringify([request.subject.environment, selectors.total, selectors.bad]);
    const question = this.#questions.get(name) ?? new Question();
    this.#questions.set(name, question);
    question.wantedAt = now;
    return { request, selectors, question };
  }

  /** Asks what is not being asked yet; one query for all that share it. */
  #askAll(asked: readonly Asked[], now: number): Promise<void>[] {
    const due = asked.filter(({ question }) => !question.isOpen);
    const reaches = reachesOf(due, now);
    const query = (selector: string): Promise<Answer> =>
      this.#query(selector, reaches.get(selector) ?? 0, now);
    const totals = new Map<string, Promise<Answer>>();
    const answering = new Map<Question, Promise<void>>();
    for (const { question, selectors } of due) {
      if (answering.has(question)) continue;
      const total = totals.get(selectors.total) ?? query(selectors.total);
      totals.set(selectors.total, total);
      const begins = now - (reaches.get(selectors.total) ?? 0);
      // Totals first: whatever scrape they show, the failures read after them show as well.
      const pair = total.then((found) => pairOf(found, () => query(selectors.bad), begins));
      answering.set(question, question.ask(pair));
    }
    return [...answering.values()];
  }

  #query(selector: string, reach: number, now: number): Promise<Answer> {
    return this.#turns.take(async () => {
      try {
        return { series: await this.#client.samples(selector, Math.ceil(reach / 1_000), now) };
      } catch (error) {
        return { unknown: error instanceof Error ? error.message : String(error) };
      }
    });
  }

  #forget(now: number): void {
    for (const [name, question] of this.#questions) {
      if (now - question.wantedAt > FORGOTTEN_AFTER) this.#questions.delete(name);
    }
  }
}

function isAsked(one: Asked | null): one is Asked {
  return one !== null;
}

/** How far back each selector is read, ms: for the oldest watermark of those that share it. */
function reachesOf(asked: readonly Asked[], now: number): Map<string, number> {
  const reaches = new Map<string, number>();
  for (const { request, selectors, question } of asked) {
    const before = SCRAPES_BEFORE * (question.interval ?? LONGEST_INTERVAL);
    const reach = Math.min(REACH, Math.max(0, now - request.watermark) + before);
    for (const selector of [selectors.total, selectors.bad]) {
      reaches.set(selector, Math.max(reach, reaches.get(selector) ?? 0));
    }
  }
  return reaches;
}

async function pairOf(total: Answer, askBad: () => Promise<Answer>, begins: number): Promise<Answered> {
  if ('unknown' in total) return total;
  const bad = await askBad();
  return 'unknown' in bad ? bad : { bad: bad.series, total: total.series, begins };
}

/** Waits for all of them, or until patience ends. */
async function settled(answering: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const impatient = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  await Promise.race([Promise.all(answering), impatient]);
  clearTimeout(timer);
}

function readingOf({ request, selectors, question }: Asked, answered: Answered | null): MetricReading {
  const known = question.interval;
  const quiet = { ...nothingNew(request.watermark), ...(known === undefined ? {} : { windowLength: known }) };
  if (answered === null) return { ...quiet, unknown: question.trouble };
  if ('unknown' in answered) return { ...quiet, unknown: answered.unknown };
  const intervals = [...targetsOf(answered.total).values()].map(({ interval }) => interval);
  if (intervals.length > 0) question.interval = Math.max(...intervals);
  return readWindows(answered, selectors.arm, request);
}
