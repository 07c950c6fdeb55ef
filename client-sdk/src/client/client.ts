import type { EvaluationContext, Json, Snapshot } from '../engine/index.js';
import type { Answers } from './answers.js';
import { BoundClient } from './bound-client.js';
import type { ClientEvents, ClientStatus } from './client-events.js';
import { ClientError } from './client-error.js';
import { ClientState } from './client-state.js';
import { type ClientStats, NO_COUNTS } from './client-stats.js';
import type { Details } from './details.js';
import { Evaluation } from './evaluation.js';
import type { CacheFile } from './files/cache-file.js';
import type { DocumentChange, ValueChange } from './flag-watchers.js';
import { HookedAnswers } from './hooked-answers.js';
import { Ledger } from './ledger.js';
import { mergeContexts } from './merge-contexts.js';
import { MergedAnswers } from './merged-answers.js';
import { type ClientOptions, type OfflineOptions, resolveOptions } from './options.js';
import { PrivateAttributes } from './private-attributes.js';
import { UnitBook } from './unit-book.js';
import { LONGEST_TIMER, Reporter } from './reporter.js';
import type { RouteHeaders } from './route-headers.js';
import { openSource } from './sources/open-source.js';
import { Transport } from './transport.js';

/**
 * Evaluates flags in process, from a snapshot that a stream keeps current. Getters are synchronous, do no I/O and never
 * throw: whatever is wrong, the caller's default comes back, and `details` says why. Counts what was served and tracked,
 * and delivers it in the background.
 */
export class TidegateClient {
  readonly #options;
  readonly #abort = new AbortController();
  readonly #state: ClientState;
  /** For contexts that are whole; `#answers` puts the default context below. */
  readonly #boundAnswers: Answers;
  readonly #answers: Answers;
  readonly #transport: Transport;
  /** Null offline. */
  readonly #reporter: Reporter | null;
  #cache: CacheFile | null = null;
  #closing: Promise<void> | undefined;

  /** Made by `createClient`; begins to connect at once. Throws INVALID_OPTIONS. */
  constructor(options: ClientOptions | OfflineOptions) {
    this.#options = resolveOptions(options);
    const { hooks, defaultContext, privateAttributes, bootstrap, offline } = this.#options;
    const hidden = new PrivateAttributes(privateAttributes);
    const evaluation = new Evaluation(new Ledger(), new UnitBook(hidden));
    const state = new ClientState(evaluation, hidden);
    this.#state = state;
    this.#boundAnswers =
      hooks.length === 0
        ? evaluation
        : new HookedAnswers(evaluation, hooks, { hidden, onFailure: state.hookFailed.bind(state) });
    this.#answers =
      defaultContext === null ? this.#boundAnswers : new MergedAnswers(this.#boundAnswers, defaultContext);
    if (bootstrap !== null) boot(state, bootstrap);
    evaluation.counting = !offline;
    this.#transport = new Transport(this.#options);
    this.#reporter = offline
      ? null
      : new Reporter(this.#options, this.#transport, evaluation, state.failed.bind(state));
    void this.#begin();
  }

  get status(): ClientStatus {
    return this.#state.status;
  }

  /** Revision of the configuration that getters answer from; null before the first. */
  get revision(): number | null {
    return this.#state.held?.revision ?? null;
  }

  /** What is held, how fresh it is, and what became of all that was counted; for health pages and metrics. */
  stats(): ClientStats {
    return { ...this.#state.stats(), ...(this.#reporter?.stats() ?? NO_COUNTS) };
  }

  /** Listens; returns how to stop. A listener that throws is told as an `error` event. */
  on<E extends keyof ClientEvents>(event: E, listener: (payload: ClientEvents[E]) => void): () => void {
    return this.#state.listeners.add(event, listener);
  }

  /**
   * Tells when a flag's answer for a context changes, through whatever it goes by: segments and prerequisites too. The
   * context is copied now, over the default context. Counts nothing, runs no hooks. Returns how to stop. Before the first
   * snapshot there is no value, so that its coming is a change.
   */
  onFlagChange(key: string, context: EvaluationContext, listener: (change: ValueChange) => void): () => void;
  /** Tells when the flag's document changes, or that of a segment or prerequisite that it goes by. */
  onFlagChange(key: string, listener: (change: DocumentChange) => void): () => void;
  onFlagChange(
    key: string,
    second: EvaluationContext | ((change: DocumentChange) => void),
    listener?: (change: ValueChange) => void,
  ): () => void {
    const { watchers } = this.#state;
    if (typeof second === 'function') return watchers.watchDocument(key, second);
    const whole = mergeContexts(this.#options.defaultContext, second);
    return watchers.watchValue(key, whole, listener ?? (() => undefined));
  }

  /**
   * Resolves once there is something to answer from: the server's configuration, or, where the first attempt to get that
   * failed or `timeout` ms (default 10,000) are over, what was found in `cacheFile` or `bootstrap`. Without those it
   * rejects with TIMEOUT, with UNAUTHENTICATED or FORBIDDEN where the key is refused, and with CLOSED. Offline it
   * resolves once the files are read. Getters can be called before; they answer the default.
   */
  ready({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<void> {
    return this.#state.ready(timeout);
  }

  boolean(key: string, context: EvaluationContext, fallback: boolean): boolean {
    return this.#answers.value(key, context, 'boolean', fallback);
  }

  string(key: string, context: EvaluationContext, fallback: string): string {
    return this.#answers.value(key, context, 'string', fallback);
  }

  /** A whole number; a flag of type number answers it too while its value is whole. */
  integer(key: string, context: EvaluationContext, fallback: number): number {
    return this.#answers.value(key, context, 'integer', fallback);
  }

  number(key: string, context: EvaluationContext, fallback: number): number {
    return this.#answers.value(key, context, 'number', fallback);
  }

  /** An object or a list, deep-frozen. */
  object<T extends Json>(key: string, context: EvaluationContext, fallback: T): T {
    return this.#answers.value(key, context, 'object', fallback);
  }

  /** As the getter of the default's type, with variant, reason, deciding rule, and error code and message if any. */
  details(key: string, context: EvaluationContext, fallback: boolean): Details<boolean>;
  details(key: string, context: EvaluationContext, fallback: string): Details<string>;
  details(key: string, context: EvaluationContext, fallback: number): Details<number>;
  details<T extends Json>(key: string, context: EvaluationContext, fallback: T): Details<T>;
  details(key: string, context: EvaluationContext, fallback: Json): Details {
    return this.#answers.details(key, context, fallback);
  }

  /**
   * Counts an event of the subject for the guards that ask for it: on each flag that the snapshot lists for the event,
   * it is credited to what the flag answers for this context. `value` is summed up. Evaluations here are no exposures.
   */
  track(event: string, context: EvaluationContext, value = 1): void {
    this.#answers.track(event, context, value);
  }

  /** The headers that tell the mesh this subject's buckets and segments; set both on every call that goes out. */
  routeHeaders(context: EvaluationContext): RouteHeaders {
    return this.#answers.routeHeaders(context);
  }

  /**
   * A client for one context, over the default context: its getters take none. It shares everything with this one, costs
   * two objects to make, and nothing to close.
   */
  forContext(context: EvaluationContext): BoundClient {
    const whole = mergeContexts(this.#options.defaultContext, context);
    return new BoundClient(this.#boundAnswers, this.#state.watchers, whole);
  }

  /**
   * Resolves when what was counted before the call is delivered or given up, at the latest after `timeout` ms (default
   * 10,000); what is left then goes on being delivered. Never rejects.
   */
  async flush({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<void> {
    await this.#reporter?.flush(timeout);
  }

  /**
   * Ends the stream, delivers the last counts and writes `cacheFile` for at most `timeout` ms (default 2,000), and leaves
   * nothing behind that keeps the process alive. Getters go on answering from the last snapshot; nothing is counted any
   * more. Never rejects.
   */
  close({ timeout = 2_000 }: { readonly timeout?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  /** Shows another configuration in place of what is held; for clients that no server tells. */
  protected replace(snapshot: Snapshot): void {
    this.#state.snapshot(snapshot, 'bootstrap');
  }

  async #close(timeout: number): Promise<void> {
    this.#state.close();
    this.#abort.abort();
    await Promise.all([this.#reporter?.close(timeout), this.#closeCache(timeout)]);
    this.#transport.close();
  }

  async #closeCache(timeout: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((done) => (timer = setTimeout(done, Math.min(timeout, LONGEST_TIMER))));
    await Promise.race([this.#cache?.close(), late]);
    clearTimeout(timer);
  }

  /** Reads the files, so that the stream can go on from where they stand, and connects. Never rejects. */
  async #begin(): Promise<void> {
    const state = this.#state;
    if (this.#options.bootstrapFile !== null || this.#options.cacheFile !== null) {
      await this.#readFiles().catch((cause) =>
        state.failed(new ClientError('FILE', `A file can't be used: ${String(cause)}.`, { cause })),
      );
    }
    if (this.#abort.signal.aborted) return;
    if (this.#options.offline) state.goOffline();
    else {
      await openSource(this.#options, this.#transport, state, this.#abort.signal).run();
    }
  }

  /** The files' code is loaded where it is asked for only. */
  async #readFiles(): Promise<void> {
    const state = this.#state;
    const { bootstrapFile, cacheFile, cacheInterval, offline } = this.#options;
    const onError = state.failed.bind(state);
    const { CacheFile, markOf, readBootstrapFile } = await import('./files/cache-file.js');
    if (bootstrapFile !== null) {
      const stored = await readBootstrapFile(bootstrapFile, onError);
      const savedAt = new Date(stored?.savedAt ?? Date.now());
      if (stored !== null) state.restore(stored.snapshot, 'bootstrap', savedAt);
    }
    if (cacheFile === null) return;
    const mark = markOf(this.#options);
    const cache = new CacheFile({ path: cacheFile, interval: cacheInterval, mark }, onError);
    const stored = await cache.read();
    if (stored !== null) state.restore(stored.snapshot, 'file', new Date(stored.savedAt ?? Date.now()));
    if (offline || this.#abort.signal.aborted) return;
    this.#cache = cache;
    state.keep = (snapshot) => cache.offer(snapshot);
  }
}

/** Takes what was given for a snapshot. Throws INVALID_OPTIONS where it is none after all. */
function boot(state: ClientState, bootstrap: Snapshot): void {
  try {
    state.restore(bootstrap, 'bootstrap', new Date());
  } catch (cause) {
    throw new ClientError('INVALID_OPTIONS', 'bootstrap must be a snapshot, or { file } that names one', {
      cause,
    });
  }
}

/** Makes a client and begins to connect. Throws INVALID_OPTIONS, naming the option. */
export function createClient(options: ClientOptions | OfflineOptions): TidegateClient {
  return new TidegateClient(options);
}
