import type { Trouble } from '../../../domain/guard/trouble.js';
import type { MetricWindow } from '../../../domain/guard/reading.js';

/** A window, or why there is none. */
export type Answered = { readonly window: MetricWindow } | { readonly trouble: Trouble };

/** What one guard's webhook is asked again and again: the next time only when the last answer has come, or failed. */
export class WebhookQuestion {
  /** When it was last of interest, epoch ms. */
  wantedAt = 0;
  /** Length of the last window that it told of, ms; 0 before that. */
  windowLength = 0;
  #pending = false;
  #window: MetricWindow | null = null;
  #trouble: Trouble | null = null;

  get isPending(): boolean {
    return this.#pending;
  }

  /** Why the last answer told nothing; null when it told something, or none has come. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** Resolves when the answer is there to be taken, and never rejects as long as `answering` doesn't. */
  async ask(answering: Promise<Answered>): Promise<void> {
    this.#pending = true;
    const answered = await answering;
    this.#pending = false;
    this.#window = 'window' in answered ? answered.window : null;
    this.#trouble = 'trouble' in answered ? answered.trouble : null;
    const { from, to } = this.#window ?? { from: 0, to: 0 };
    if (to > from) this.windowLength = to - from;
  }

  /** The window that has come since the last was taken; one that begins before `from` was asked for another record, and is of no use. */
  take(from: number): MetricWindow | null {
    const window = this.#window;
    this.#window = null;
    return window !== null && window.from >= from ? window : null;
  }
}
