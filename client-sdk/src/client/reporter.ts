import { randomUUID } from 'node:crypto';
import { ClientError } from './client-error.js';
import { retryDelay } from './delay.js';
import type { Ledger } from './ledger.js';
import type { ResolvedOptions } from './options.js';
import type { components } from './wire.types.js';

type Batch = components['schemas']['EventsRequest'];

/** Series in one batch; with the longest keys it stays under the server's limit of 1 MiB. */
const BATCH_LIMIT = 1_500;
/** Milliseconds until the server must have answered. */
const ANSWER_TIMEOUT = 10_000;
/** Milliseconds after which a batch is given up: counts this late would be judged as of now. */
const BATCH_AGE = 60_000;

interface Pending {
  readonly batch: Batch;
  readonly madeAt: number;
  attempts: number;
  notBefore: number;
}

type Delivery = 'done' | 'again' | 'refused';

/**
 * Delivers the ledger in numbered batches, one at a time, each until it is answered: the server applies a number once, so
 * sending again counts nothing twice. Gives a batch up after a minute, or at once where the server refuses it.
 */
export class Reporter {
  readonly #options: ResolvedOptions;
  readonly #ledger: Ledger;
  readonly #onError: (error: ClientError) => void;
  readonly #client = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #sequence = 0;
  #pending: Pending | null = null;
  #running: Promise<void> | null = null;
  #post: AbortController | null = null;
  #over = false;

  constructor(options: ResolvedOptions, ledger: Ledger, onError: (error: ClientError) => void) {
    this.#options = options;
    this.#ledger = ledger;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), options.flushInterval).unref();
  }

  /** Delivers what there is, as far as it can be now. Never rejects. */
  flush(): Promise<void> {
    this.#running ??= this.#deliver().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Stops the clock and delivers the rest; gives up after `timeout` ms. Never rejects. */
  async close(timeout: number): Promise<void> {
    clearInterval(this.#timer);
    const deadline = setTimeout(() => this.#giveUp(), timeout);
    await this.#running;
    if (this.#pending !== null) this.#pending.notBefore = 0;
    await this.flush();
    clearTimeout(deadline);
    this.#giveUp();
    const left =
      (this.#pending?.batch.counts.length ?? 0) + this.#ledger.take(Number.MAX_SAFE_INTEGER).length;
    if (left > 0) this.#onError(lost(left, 'the client was closed'));
  }

  #giveUp(): void {
    this.#over = true;
    this.#post?.abort();
  }

  async #deliver(): Promise<void> {
    const missing = this.#ledger.takeLost();
    if (missing > 0) this.#onError(lost(missing, 'there were too many series, or a sum is no number'));
    while (!this.#over) {
      this.#pending ??= this.#next();
      if (this.#pending === null || Date.now() < this.#pending.notBefore) return;
      if ((await this.#attempt(this.#pending)) === 'again') return;
      this.#pending = null;
    }
  }

  #next(): Pending | null {
    const counts = this.#ledger.take(BATCH_LIMIT);
    if (counts.length === 0) return null;
    this.#sequence += 1;
    const batch = { client: this.#client, sequence: this.#sequence, counts };
    return { batch, madeAt: Date.now(), attempts: 0, notBefore: 0 };
  }

  async #attempt(pending: Pending): Promise<Delivery> {
    const delivery = await this.#send(pending.batch);
    if (delivery === 'done') return 'done';
    const size = pending.batch.counts.length;
    if (delivery === 'refused' || Date.now() - pending.madeAt > BATCH_AGE) {
      this.#onError(lost(size, delivery === 'refused' ? 'the server refused them' : 'they are too old'));
      return 'refused';
    }
    pending.attempts += 1;
    pending.notBefore = Date.now() + retryDelay(pending.attempts, this.#options.flushInterval);
    return 'again';
  }

  async #send(batch: Batch): Promise<Delivery> {
    const post = new AbortController();
    const timer = setTimeout(() => post.abort(), ANSWER_TIMEOUT).unref();
    this.#post = post;
    try {
      const response = await fetch(`${this.#options.url}/api/v1/events`, {
        method: 'POST',
        headers: { ...this.#options.headers, 'content-type': 'application/json' },
        body: JSON.stringify(batch),
        redirect: 'manual',
        signal: post.signal,
      });
      await response.body?.cancel();
      if (response.status === 200) return 'done';
      return response.status === 400 || response.status === 413 ? 'refused' : 'again';
    } catch {
      return 'again';
    } finally {
      clearTimeout(timer);
      this.#post = null;
    }
  }
}

function lost(series: number, why: string): ClientError {
  return new ClientError('COUNTS_DROPPED', `Counts of ${series} series are lost: ${why}.`);
}
