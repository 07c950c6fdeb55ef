import type { MetricReading } from '../../../domain/guard/reading.js';
import type { Trouble } from '../../../domain/guard/trouble.js';
import type { MetricRequest } from '../../../ports/metric-source.js';
import { knownUntil, liveOf } from '../scrape-target.js';
import { type Asks, samplesOf } from './asks.js';
import { Room } from './room.js';
import type { SampledSeries } from './sampled-series.js';
import type { Samples } from './read-windows.js';
import { targetsOf } from './series-target.js';
import type { TemplateQuery } from './template-query.js';

/** What a guard's selectors came to: the first, and the one beside it, if any; `begins` (epoch ms) is where the samples begin. */
export type Answered =
  | {
      readonly first: readonly SampledSeries[];
      readonly beside: readonly SampledSeries[];
      readonly begins: number;
    }
  | { readonly trouble: Trouble };

/** What an answer comes to for the guards that share it. */
export type News = Samples | { readonly trouble: Trouble };

/** What is asked again and again about the selectors of a guard: the next time only when the last answer has come. */
export class Question {
  /** Longest scrape interval behind it, ms, as last seen; undefined before that. */
  interval: number | undefined;
  /** How many others it may be asked together with. */
  readonly room = new Room();
  /** When it was last of interest, epoch ms. */
  wantedAt = 0;
  /** Nothing new can have been scraped before this, store time, epoch ms. */
  #dueAt = 0;
  /** When each exporter behind it is scraped next, epoch ms. */
  #expected: readonly number[] = [];
  /** What each guard was told by the last answer. */
  readonly #told = new Map<string, MetricReading>();
  #pending = false;
  #answered: Answered | null = null;
  #trouble: Trouble | null = null;

  /** `template`: what it may be asked by together with others; null: it is asked alone. */
  constructor(
    readonly asks: Asks,
    readonly template: TemplateQuery | null = null,
  ) {}

  get isOpen(): boolean {
    return this.#pending || this.#answered !== null;
  }

  /** Why the last answer told nothing; null when it told something, or none has come. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** Whether there may be news for a guard: something was scraped since, or it has not taken in what it was told. */
  isDue(request: MetricRequest, now: number): boolean {
    const told = this.#told.get(nameOf(request));
    return now >= this.#dueAt || told === undefined || told.watermark > request.watermark;
  }

  /** When its exporters are scraped next, as their last scrapes foretell, epoch ms. */
  get expected(): readonly number[] {
    return this.#expected;
  }

  /** Remembers that a guard was told this. */
  tell(request: MetricRequest, reading: MetricReading): void {
    this.#told.set(nameOf(request), reading);
  }

  /** What a guard was told last, without the windows, which it has; null where that was nothing. */
  toldBefore(request: MetricRequest): MetricReading | null {
    const told = this.#told.get(nameOf(request));
    return told === undefined ? null : { ...told, windows: [], watermark: request.watermark, lost: 0 };
  }

  /** Resolves when the answer is there to be taken. */
  async ask(answering: Promise<Answered>): Promise<void> {
    this.#pending = true;
    const answered = await answering;
    this.#pending = false;
    this.#answered = answered;
    this.#trouble = 'trouble' in answered ? answered.trouble : null;
  }

  /** What has come since the last time, or null. */
  take(): News | null {
    const answered = this.#answered;
    if (answered === null) return null;
    this.#answered = null;
    this.#told.clear();
    this.#dueAt = 0;
    if ('trouble' in answered) return answered;
    this.#learn(answered);
    return samplesOf(this.asks, answered);
  }

  #learn(answered: Exclude<Answered, { readonly trouble: Trouble }>): void {
    const targets = [...targetsOf(answered.first).values()];
    if (targets.length === 0) return;
    this.interval = Math.max(...targets.map(({ interval }) => interval));
    const live = liveOf(targets);
    this.#dueAt = Math.min(...live.map(knownUntil));
    this.#expected = live.map(({ newest, interval }) => newest + interval);
  }
}

function nameOf({ subject: { guard, on } }: MetricRequest): string {
  return `${guard.key} ${on ?? ''}`;
}
