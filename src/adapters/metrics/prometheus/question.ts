import type { SampledSeries } from './prometheus-client.js';

/** Series, or in words why there are none. */
export type Answer = { readonly series: readonly SampledSeries[] } | { readonly unknown: string };

/** What a guard's selectors came to: the first, and the one beside it, if any; `begins` (epoch ms) is where the samples begin. */
export type Answered =
  | {
      readonly first: readonly SampledSeries[];
      readonly beside: readonly SampledSeries[];
      readonly begins: number;
    }
  | { readonly unknown: string };

/** What is asked again and again about the selectors of a guard: the next time only when the last answer has come. */
export class Question {
  /** Longest scrape interval behind it, ms, as last seen; undefined before that. */
  interval: number | undefined;
  /** When it was last of interest, epoch ms. */
  wantedAt = 0;
  #pending = false;
  #answered: Answered | null = null;
  #trouble: string | null = null;

  get isOpen(): boolean {
    return this.#pending || this.#answered !== null;
  }

  /** Why the last answer told nothing; null when it told something, or none has come. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Resolves when the answer is there to be taken. */
  async ask(answering: Promise<Answered>): Promise<void> {
    this.#pending = true;
    const answered = await answering;
    this.#pending = false;
    this.#answered = answered;
    this.#trouble = 'unknown' in answered ? answered.unknown : null;
  }

  /** The answer that has come since the last one was taken, or null. */
  take(): Answered | null {
    const answered = this.#answered;
    this.#answered = null;
    return answered;
  }
}
