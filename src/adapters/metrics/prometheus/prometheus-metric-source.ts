import type { GuardSubject } from '../../../domain/guard/guard-subject.js';
import { nothingNew } from '../../../domain/guard/nothing-new.js';
import type { MetricReading } from '../../../domain/guard/reading.js';
import { NOTHING_TO_READ, type Trouble } from '../../../domain/guard/trouble.js';
import type { Guard, GuardQuery } from '../../../domain/guard.js';
import { type MetricRequest, MetricSource } from '../../../ports/metric-source.js';
import { REACH } from '../reach.js';
import { settled } from '../settled.js';
import { dropUnwanted } from '../unwanted.js';
import { Asker, type Due } from './asker.js';
import { asksOf } from './asks.js';
import { EarlierBuckets, type LookBack } from './earlier-buckets.js';
import { templateOf } from './guard-selectors.js';
import { nextLook } from './next-look.js';
import { PrometheusClient } from './prometheus-client.js';
import type { PrometheusServer } from './prometheus-server.js';
import { type News, Question } from './question.js';
import { readWindows } from './read-windows.js';
import { selectorsFor, type TemplateQuery } from './template-query.js';

/** Scrapes read before the watermark: the last ones of each target, and enough of them to tell its interval. */
const SCRAPES_BEFORE = 4;
/** Longest scrape interval to expect of a selector that was not read before, ms. */
const LONGEST_INTERVAL = 60_000;

interface Asked {
  readonly request: MetricRequest;
  readonly arm: GuardQuery['arm'];
  readonly question: Question;
  /** What it has to know of the time before; null = nothing. */
  readonly back: LookBack | null;
}

/**
 * Windows out of the raw samples of a Prometheus, differenced here: `rate()` loses the first failures of a version. A
 * guard whose selectors take long has no news until they are answered, and holds up no other.
 */
export class PrometheusMetricSource extends MetricSource {
  override readonly name = 'prometheus';
  readonly #asker: Asker;
  /** Only what is on its way, and how far back the next query reaches, rest on these. */
  readonly #questions = new Map<string, Question>();
  readonly #earlier: EarlierBuckets;

  /** `called`: what guards name it; null: those that name none read it. */
  constructor(
    server: PrometheusServer,
    private readonly called: string | null = null,
  ) {
    super();
    const client = new PrometheusClient(server);
    this.#asker = new Asker(client, server.connections);
    this.#earlier = new EarlierBuckets(client);
  }

  override serves(guard: Pick<Guard, 'source' | 'server'>): boolean {
    return super.serves(guard) && guard.server === this.called;
  }

  override async read(requests: readonly MetricRequest[], now: number): Promise<readonly MetricReading[]> {
    const asked = requests.map((request) => this.#asked(request, now));
    const looking = asked.flatMap((one) => one?.back ?? []).map((back) => this.#earlier.ask(back, now));
    await settled([...this.#askAll(asked.filter(isAsked), now), ...looking]);
    const news = newsOf(asked.filter(isAsked));
    dropUnwanted(this.#questions, now);
    return asked.map((one, index) => {
      if (one !== null) return this.#withEarlier(one, readingOf(one, news.get(one.question) ?? null));
      return nothingNew(requests[index]?.watermark ?? now, NOTHING_TO_READ);
    });
  }

  override nextLook(now: number, longest: number): number {
    return nextLook(
      [...this.#questions.values()].flatMap(({ expected }) => expected),
      now,
      longest,
    );
  }

  /** A reading with what was before it; without windows while that is not known yet: they come again. */
  #withEarlier({ back, request }: Asked, reading: MetricReading): MetricReading {
    const earlier = back === null ? null : this.#earlier.find(back);
    if (earlier === undefined && reading.unknown === null)
      return nothingNew(request.watermark, null, reading.windowLength);
    return earlier ? { ...reading, earlier } : reading;
  }

  #asked(request: MetricRequest, now: number): Asked | null {
    const { subject, since } = request;
    const template = templateOf(subject);
    const arm = (template ?? subject.guard.query)?.arm;
    const question = this.#questionOf(subject, template);
    if (arm === undefined || question === null) return null;
    question.wantedAt = now;
    const { first, form } = question.asks;
    const wanted = request.wantsEarlier === true && form === 'buckets';
    const back = wanted ? { buckets: first, arm, since } : null;
    return { request, arm, question, back };
  }

  /** Shared by the guards that have all selectors in common, whatever their arms; null where there is nothing to read. */
  #questionOf({ environment, guard }: GuardSubject, template: TemplateQuery | null): Question | null {
    const { query } = guard;
    const name = JSON.stringify([environment, ...namesOf(guard, template)]);
    const known = this.#questions.get(name);
    if (known !== undefined) return known;
    const selectors = template === null ? query : selectorsFor(template);
    const asks = selectors && asksOf(selectors);
    if (asks === null) return null;
    const question = new Question(asks, template);
    this.#questions.set(name, question);
    return question;
  }

  /** Asks what is not being asked yet, where there may be news. */
  #askAll(asked: readonly Asked[], now: number): Promise<void>[] {
    const wanted = asked.filter(({ question, request }) => question.isDue(request, now));
    const questions = new Set(wanted.map(({ question }) => question));
    return this.#asker.askAll(
      dueOf(
        asked.filter(({ question }) => questions.has(question) && !question.isOpen),
        now,
      ),
      now,
    );
  }
}

/** What tells one question of an environment from another. A template and what it reads say which of that is bad. */
function namesOf({ query, template: name }: Guard, template: TemplateQuery | null): unknown[] {
  if (template !== null) return [name, template.form, template.metric, template.own];
  return query === null ? [] : [query.bad, query.total, query.sum, query.buckets];
}

function isAsked(one: Asked | null): one is Asked {
  return one !== null;
}

/** How far back each question is read: for the oldest watermark of the guards that share it. */
function dueOf(asked: readonly Asked[], now: number): Due[] {
  const reaches = new Map<Question, number>();
  for (const { request, question } of asked) {
    const before = SCRAPES_BEFORE * (question.interval ?? LONGEST_INTERVAL);
    const reach = Math.min(REACH, Math.max(0, now - request.watermark) + before);
    reaches.set(question, Math.max(reach, reaches.get(question) ?? 0));
  }
  return [...reaches].map(([question, reach]) => ({ question, reach }));
}

/** What came since the last reading, by question; the questions that nothing came of are left out. */
function newsOf(asked: readonly Asked[]): Map<Question, News> {
  const news = new Map<Question, News>();
  for (const question of new Set(asked.map((one) => one.question))) {
    const taken = question.take();
    if (taken !== null) news.set(question, taken);
  }
  return news;
}

function readingOf({ request, arm, question }: Asked, news: News | null): MetricReading {
  if (news === null) return question.toldBefore(request) ?? quietly(request, question, question.trouble);
  const { strata } = request.subject.guard;
  const reading =
    'trouble' in news
      ? quietly(request, question, news.trouble)
      : readWindows(news, arm, { ...request, strata });
  question.tell(request, reading);
  return reading;
}

function quietly(
  { watermark }: MetricRequest,
  { interval }: Question,
  trouble: Trouble | null,
): MetricReading {
  return nothingNew(watermark, trouble, interval);
}
