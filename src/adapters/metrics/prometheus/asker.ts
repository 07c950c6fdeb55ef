import { type Trouble, troubleIn } from '../../../domain/guard/trouble.js';
import { Turns } from '../turns.js';
import { dealt, type Packable, packedSelector, packsOf } from './packs.js';
import { type PrometheusClient, QueryRefused } from './prometheus-client.js';
import { CONNECTIONS } from './prometheus-connection.js';
import type { Answered, Question } from './question.js';
import type { SampledSeries } from './sampled-series.js';
import type { TemplateQuery } from './template-query.js';
import { timeFaultIn } from './time-fault.js';

/** A pack that takes too long is asked in smaller ones from then on, but not in smaller ones than this: the server itself may be slow. */
const SLOW_AT_LEAST = 32;

/** A question to ask now, and how far back, ms. */
export interface Due {
  readonly question: Question;
  readonly reach: number;
}

interface Member extends Due, Packable {
  readonly tell: (answered: Answered) => void;
}

/** Series, or why there are none; `isTooMuch`: less may be answered. */
type Answer =
  { readonly series: readonly SampledSeries[] } | { readonly trouble: Trouble; readonly isTooMuch: boolean };

/** Asks a Prometheus: by one query what reads one metric by one template, and by one for each selector else. */
export class Asker {
  readonly #turns: Turns;

  /** `connections`: how many queries at a time at most. */
  constructor(
    private readonly client: Pick<PrometheusClient, 'samples' | 'anySamples'>,
    connections: number = CONNECTIONS,
  ) {
    this.#turns = new Turns({ most: connections });
  }

  /** Each resolves when its question has its answer. */
  askAll(due: readonly Due[], now: number): Promise<void>[] {
    const asking: Promise<void>[] = [];
    const members: Member[] = [];
    for (const { question, reach } of due) {
      const { template, room } = question;
      if (template === null) continue;
      const answering = new Promise<Answered>((tell) => {
        members.push({ question, reach, template, room: room.at(now), tell });
      });
      asking.push(question.ask(answering));
    }
    for (const pack of packsOf(members)) void this.#askPack(pack, now);
    const alone = due.filter(({ question }) => question.template === null);
    return [...asking, ...this.#askAlone(alone, now)];
  }

  /** Asks for all of a pack; where that is too much, for one half and the other, so that only who is too much alone is in trouble. */
  async #askPack(pack: readonly Member[], now: number): Promise<void> {
    const [first, ...others] = pack.map(({ template }) => template);
    if (first === undefined) return;
    const templates: readonly [TemplateQuery, ...TemplateQuery[]] = [first, ...others];
    const reach = Math.max(...pack.map((one) => one.reach));
    const answer = await this.#answer(() =>
      this.client.anySamples(packedSelector(templates), inSeconds(reach), now),
    );
    if (!('trouble' in answer)) return deal(pack, answer.series, { now, begins: now - reach });
    const { trouble, isTooMuch } = answer;
    const half = Math.ceil(pack.length / 2);
    if (isTooMuch && pack.length > 1) {
      for (const { question } of pack) question.room.narrow(half, now);
      await Promise.all([pack.slice(0, half), pack.slice(half)].map((part) => this.#askPack(part, now)));
      return;
    }
    const isSlow = trouble.code === 'NO_ANSWER' && pack.length > SLOW_AT_LEAST;
    for (const { question, tell } of pack) {
      if (isSlow) question.room.narrow(Math.max(half, SLOW_AT_LEAST), now);
      tell({ trouble });
    }
  }

  #askAlone(due: readonly Due[], now: number): Promise<void>[] {
    const reaches = reachesOf(due);
    const query = (selector: string): Promise<Answer> => {
      const reach = inSeconds(reaches.get(selector) ?? 0);
      return this.#answer(() => this.client.samples(selector, reach, now));
    };
    const totals = new Map<string, Promise<Answer>>();
    return due.map(({ question }) => {
      const { first, beside } = question.asks;
      const total = totals.get(first) ?? query(first);
      totals.set(first, total);
      const begins = now - (reaches.get(first) ?? 0);
      // Totals first: whatever scrape they show, the failures read after them show as well.
      return question.ask(
        total.then((found) => pairOf(found, beside === null ? null : () => query(beside), begins)),
      );
    });
  }

  #answer(ask: () => Promise<readonly SampledSeries[]>): Promise<Answer> {
    return this.#turns.take(async () => {
      try {
        return { series: await ask() };
      } catch (error) {
        const trouble = troubleIn(error);
        const isTooMuch = trouble.code === 'ANSWER_TOO_LARGE' || error instanceof QueryRefused;
        return { trouble, isTooMuch };
      }
    });
  }
}

function inSeconds(reach: number): number {
  return Math.ceil(reach / 1_000);
}

function deal(
  pack: readonly Member[],
  series: readonly SampledSeries[],
  { now, begins }: { readonly now: number; readonly begins: number },
): void {
  const shares = dealt(
    pack.map(({ template }) => template),
    series,
  );
  for (const [i, { tell }] of pack.entries()) {
    const { first = [], beside = [] } = shares[i] ?? {};
    const trouble = timeFaultIn(first, now) ?? timeFaultIn(beside, now);
    tell(trouble === null ? { first, beside, begins } : { trouble });
  }
}

/** How far back each selector is read, ms: as far as the one that needs most of it. */
function reachesOf(due: readonly Due[]): Map<string, number> {
  const reaches = new Map<string, number>();
  for (const { question, reach } of due) {
    for (const selector of [question.asks.first, question.asks.beside]) {
      if (selector !== null) reaches.set(selector, Math.max(reach, reaches.get(selector) ?? 0));
    }
  }
  return reaches;
}

async function pairOf(
  first: Answer,
  askBeside: (() => Promise<Answer>) | null,
  begins: number,
): Promise<Answered> {
  if ('trouble' in first) return { trouble: first.trouble };
  const beside = askBeside === null ? { series: [] } : await askBeside();
  return 'trouble' in beside
    ? { trouble: beside.trouble }
    : { beside: beside.series, first: first.series, begins };
}
