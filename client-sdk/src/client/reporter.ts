import { randomUUID } from 'node:crypto';
import { ClientError } from './client-error.js';
import { retryDelay } from './delay.js';
import type { BatchLimits, EventBatch } from './event-batch.js';
import type { Ledger } from './ledger.js';
import type { UnitBook, UnitCount } from './unit-book.js';
import type { ResolvedOptions } from './options.js';
import type { DropReason, ReporterStats } from './reporter-stats.js';
import { retryAfter } from './retry-after.js';
import type { components } from './wire.types.js';
import { readText, type Reply, type Transport } from './transport.js';

/** Of one batch: half the bytes that the server takes, and as much as it lets one entry count. */
const FULL: BatchLimits = { series: 1_500, bytes: 524_288, count: 1_000_000_000 };
/** Hashes of units in one batch at most. */
const UNITS = 20_000;
/** Milliseconds until the server must have answered. */
const ANSWER_TIMEOUT = 10_000;
/** Bytes of an answer that are read. */
const ANSWER_LIMIT = 65_536;
/** Milliseconds after which a batch is given up: counts this late would be judged as of now. */
const BATCH_AGE = 60_000;
/** Longest time that a timer can run, milliseconds. */
export const LONGEST_TIMER = 2 ** 31 - 1;

interface Pending {
  readonly batch: EventBatch;
  readonly units: readonly UnitCount[];
  readonly madeAt: number;
  /** Given when it is first sent, as the server takes no number below its last; 0 before. */
  sequence: number;
}

interface Flush {
  /** Settled when no series up to this ordinal is left. */
  readonly upTo: number;
  readonly done: () => void;
}

/** What an attempt came to: taken, not to be repeated, to be parted, or to be repeated after so many ms at least. */
type Outcome = 'taken' | 'refused' | 'too-large' | number;

const WORDS: Record<DropReason, string> = {
  overflow: 'there are too many series',
  invalid: 'their sum is no number',
  refused: 'the server refused them',
  expired: 'they are too old',
  closed: 'the client was closed',
};

/**
 * Delivers the ledger in numbered batches, one at a time, each until it is answered: the server applies a number once, so
 * sending again counts nothing twice. Leaves a server alone that is not well: longer each time, and as long as
 * `Retry-After` says. Gives a batch up after a minute, or at once where the server refuses it.
 */
export class Reporter {
  readonly #options: ResolvedOptions;
  readonly #transport: Transport;
  readonly #ledger: Ledger;
  readonly #units: UnitBook;
  readonly #onError: (error: ClientError) => void;
  readonly #client = randomUUID();
  readonly #dropped: Record<DropReason, number> = {
    overflow: 0,
    invalid: 0,
    refused: 0,
    expired: 0,
    closed: 0,
  };
  readonly #flushes = new Set<Flush>();
  #limits = FULL;
  #delivered = 0;
  #unknownSeries = 0;
  #failures = 0;
  #sequence = 0;
  /** Taken and not answered; more than one only after a batch was parted. */
  #pending: Pending[] = [];
  #attempt = 0;
  #notBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #post: AbortController | null = null;
  #deadline = Number.POSITIVE_INFINITY;
  #over = false;

  constructor(
    options: ResolvedOptions,
    transport: Transport,
    { ledger, units }: { readonly ledger: Ledger; readonly units: UnitBook },
    onError: (error: ClientError) => void,
  ) {
    this.#options = options;
    this.#transport = transport;
    this.#ledger = ledger;
    this.#units = units;
    this.#onError = onError;
    ledger.tellAt(FULL.series, () => this.#hurry());
    this.#arm();
  }

  /** What became of all that was counted. */
  stats(): ReporterStats {
    if (!this.#over) this.#ledger.settle();
    const dropped = { ...this.#dropped, overflow: this.#ledger.overflow, invalid: this.#ledger.invalid };
    const gone = Object.values(dropped).reduce((sum, count) => sum + count, this.#delivered);
    const { counted } = this.#ledger;
    return {
      counted,
      delivered: this.#delivered,
      waiting: counted - gone,
      dropped,
      unknownSeries: this.#unknownSeries,
      failures: this.#failures,
    };
  }

  /** A batch is full: delivered now rather than at the clock's next turn. */
  #hurry(): void {
    if (this.#over || this.#running !== null || performance.now() < this.#notBefore) return;
    void this.#deliver();
  }

  /**
   * Resolves when what was counted before the call is delivered or given up, at the latest after `timeout` ms; it then
   * goes on being delivered. Never rejects.
   */
  flush(timeout: number): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#ledger.settle();
    const upTo = this.#ledger.newest;
    if (this.#isSettled(upTo)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#flushes.delete(flush);
        resolve();
      };
      const flush = { upTo, done };
      const timer = setTimeout(done, Math.min(timeout, LONGEST_TIMER));
      this.#flushes.add(flush);
      void this.#deliver();
    });
  }

  /** Delivers the rest, tried at once, for at most `timeout` ms, and stops. Never rejects. */
  async close(timeout: number): Promise<void> {
    this.#notBefore = 0;
    this.#deadline = performance.now() + timeout;
    await this.flush(timeout);
    this.#ledger.settle();
    this.#over = true;
    clearTimeout(this.#timer);
    this.#post?.abort();
    for (const { done } of this.#flushes) done();
    this.#drop(this.stats().waiting, 'closed');
  }

  #deliver(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      this.#arm();
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    this.#ledger.settle();
    this.#tellLost();
    while (!this.#over) {
      this.#expire();
      const pending = this.#next();
      if (pending === undefined || performance.now() < this.#notBefore) return;
      this.#take(pending, await this.#send(pending));
      this.#settleFlushes();
    }
  }

  /** The clock's next turn: when the server wants it, or when something may be counted or too old. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    const { flushInterval } = this.#options;
    // a quarter is drawn, so that processes started together don't deliver together
    const turn = flushInterval * (0.75 + 0.25 * Math.random());
    const again = Math.max(1, this.#notBefore - performance.now());
    const urgent = this.#pending.length + this.#flushes.size > 0;
    const wait = urgent ? Math.min(turn, again) : turn;
    this.#timer = setTimeout(() => void this.#deliver(), wait).unref();
  }

  #next(): Pending | undefined {
    if (this.#pending.length === 0) {
      const batch = this.#ledger.take(this.#limits);
      const madeAt = performance.now();
      // whoever was served was counted too: units never wait for a batch of their own
      if (batch !== null)
        this.#pending = [{ batch, units: this.#units.take(UNITS, madeAt), madeAt, sequence: 0 }];
    }
    return this.#pending[0];
  }

  #take(pending: Pending, outcome: Outcome): void {
    if (this.#over) return;
    if (typeof outcome === 'number') return this.#backOff(outcome);
    const halves = outcome === 'too-large' ? pending.batch.halves() : null;
    this.#pending.shift();
    this.#attempt = 0;
    if (outcome === 'taken') this.#delivered += pending.batch.additions;
    else if (halves === null) this.#drop(pending.batch.additions, 'refused');
    else {
      this.#limits = { ...FULL, series: halves[1].counts.length, bytes: this.#limits.bytes >> 1 };
      const units = [pending.units, []] as const;
      this.#pending.unshift(
        ...halves.map((batch, i) => ({ batch, units: units[i] ?? [], madeAt: pending.madeAt, sequence: 0 })),
      );
    }
  }

  #backOff(pause: number): void {
    this.#failures += 1;
    this.#attempt += 1;
    this.#notBefore = performance.now() + pause + retryDelay(this.#attempt, this.#options.retryDelay);
    // who closes doesn't wait for a turn that comes too late
    if (this.#notBefore > this.#deadline) for (const { done } of this.#flushes) done();
  }

  #expire(): void {
    const { length } = this.#pending;
    const oldest = performance.now() - BATCH_AGE;
    const late = this.#pending.filter(({ madeAt }) => madeAt < oldest);
    this.#pending = this.#pending.filter(({ madeAt }) => madeAt >= oldest);
    for (const { batch } of late) this.#drop(batch.additions, 'expired');
    if (this.#pending.length < length) this.#settleFlushes();
  }

  #isSettled(upTo: number): boolean {
    return (this.#pending[0]?.batch.first ?? this.#ledger.oldest) > upTo;
  }

  #settleFlushes(): void {
    for (const { upTo, done } of this.#flushes) if (this.#isSettled(upTo)) done();
  }

  #drop(additions: number, reason: DropReason): void {
    if (additions === 0) return;
    this.#dropped[reason] += additions;
    this.#onError(new ClientError('COUNTS_DROPPED', `${additions} counts are lost: ${WORDS[reason]}.`));
  }

  /** What the ledger had to lose since this was last told. */
  #tellLost(): void {
    for (const reason of ['overflow', 'invalid'] as const) {
      this.#drop(this.#ledger[reason] - this.#dropped[reason], reason);
    }
  }

  async #send(pending: Pending): Promise<Outcome> {
    if (pending.sequence === 0) pending.sequence = this.#sequence += 1;
    const post = new AbortController();
    const timer = setTimeout(() => post.abort(), ANSWER_TIMEOUT).unref();
    this.#post = post;
    try {
      const reply = await this.#transport.call('/api/v1/events', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bodyOf(this.#client, pending),
        signal: post.signal,
      });
      const outcome = await this.#judge(reply);
      // an answer that was read to its end leaves the connection to the next batch
      if (outcome !== 'taken') post.abort();
      return outcome;
    } catch {
      post.abort();
      return 0;
    } finally {
      clearTimeout(timer);
      this.#post = null;
    }
  }

  /** Only an answer of Tidegate's own counts as taken: a proxy may say 200 to anything. Throws where it is none. */
  async #judge(reply: Reply): Promise<Outcome> {
    const { status } = reply;
    if (status === 400) return 'refused';
    if (status === 413) return 'too-large';
    if (status !== 200) return retryAfter(reply.header('retry-after'), reply.header('date'), Date.now());
    const answer: unknown = JSON.parse(await readText(reply, ANSWER_LIMIT));
    if (typeof answer !== 'object' || answer === null) return 0;
    if ('dropped' in answer && typeof answer.dropped === 'number') this.#unknownSeries += answer.dropped;
    return 'taken';
  }
}

function bodyOf(client: string, { batch: { counts }, units, sequence }: Pending): string {
  const body: components['schemas']['EventsRequest'] = { client, sequence, counts: [...counts] };
  if (units.length > 0) body.units = [...units];
  return JSON.stringify(body);
}
