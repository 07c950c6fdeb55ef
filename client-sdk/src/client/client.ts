import {
  applyDelta,
  compile,
  type Engine,
  type EvaluationContext,
  type Json,
  type Resolution,
  type Snapshot,
  type SnapshotDelta,
} from '../engine/index.js';
import { ClientError } from './client-error.js';
import {
  type Details,
  isOfKind,
  kindOf,
  mismatch,
  NOT_READY,
  type ValueKind,
  withDefault,
} from './details.js';
import { Ledger } from './ledger.js';
import { Listeners } from './listeners.js';
import { type ClientOptions, resolveOptions } from './options.js';
import { Reporter } from './reporter.js';
import type { ReporterStats } from './reporter-stats.js';
import { type RouteHeaders, segmentsOfRoutes, writeRouteHeaders } from './route-headers.js';
import { SnapshotStream } from './snapshot-stream.js';
import { Transport } from './transport.js';

/** `connecting` until the first snapshot; `stale` while the stream is broken and the last snapshot serves. */
export type ClientStatus = 'connecting' | 'ready' | 'stale' | 'closed';

/** What a client tells by `on`. */
export interface ClientEvents extends Record<string, unknown> {
  readonly status: ClientStatus;
  /** The configuration changed; `flags` are the flags whose documents did. Segments can change others' answers too. */
  readonly change: { readonly epoch: string; readonly revision: number; readonly flags: readonly string[] };
  /** Something failed and is taken care of; for logs. */
  readonly error: ClientError;
}

interface Waiter {
  resolve(): void;
  reject(error: ClientError): void;
}

/**
 * Evaluates flags in process, from a snapshot that a stream keeps current. Getters are synchronous, do no I/O and never
 * throw: whatever is wrong, the caller's default comes back, and `details` says why. Counts what was served and tracked,
 * and delivers it in the background.
 */
export class TidegateClient {
  readonly #options;
  readonly #abort = new AbortController();
  readonly #listeners = new Listeners<ClientEvents>((error, event) => this.#reportThrow(error, event));
  readonly #waiters = new Set<Waiter>();
  readonly #ledger = new Ledger();
  readonly #transport: Transport;
  readonly #reporter: Reporter;
  #engine: Engine | undefined;
  #routeSegments: readonly string[] = [];
  #status: ClientStatus = 'connecting';
  #closing: Promise<void> | undefined;

  /** Made by `createClient`; begins to connect at once. Throws INVALID_OPTIONS. */
  constructor(options: ClientOptions) {
    this.#options = resolveOptions(options);
    this.#transport = new Transport(this.#options);
    this.#reporter = new Reporter(this.#options, this.#transport, this.#ledger, (error) =>
      this.#listeners.tell('error', error),
    );
    const sink = {
      opened: () => this.#become('ready'),
      snapshot: (snapshot: Snapshot) => this.#takeSnapshot(snapshot),
      delta: (delta: SnapshotDelta) => this.#takeDelta(delta),
      broke: (error: ClientError) => this.#break(error),
    };
    void new SnapshotStream(this.#options, this.#transport, sink, this.#abort.signal).run();
  }

  get status(): ClientStatus {
    return this.#status;
  }

  /** Listens; returns how to stop. A listener that throws is told as an `error` event. */
  on<E extends keyof ClientEvents>(event: E, listener: (payload: ClientEvents[E]) => void): () => void {
    return this.#listeners.add(event, listener);
  }

  /**
   * Resolves once there is a snapshot. Rejects with TIMEOUT after `timeout` ms (default 10,000), UNAUTHENTICATED or
   * FORBIDDEN where the key is refused, CLOSED. Getters can be called before; they answer the default.
   */
  ready({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<void> {
    if (this.#status === 'closed') return Promise.reject(new ClientError('CLOSED', 'The client is closed.'));
    if (this.#engine !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        act();
      };
      const waiter = {
        resolve: () => settle(resolve),
        reject: (error: ClientError) => settle(() => reject(error)),
      };
      const late = new ClientError('TIMEOUT', `No snapshot came within ${timeout} ms.`);
      const timer = setTimeout(() => waiter.reject(late), timeout);
      this.#waiters.add(waiter);
    });
  }

  boolean(key: string, context: EvaluationContext, fallback: boolean): boolean {
    return this.#value(key, context, 'boolean', fallback);
  }

  string(key: string, context: EvaluationContext, fallback: string): string {
    return this.#value(key, context, 'string', fallback);
  }

  /** A whole number; a flag of type number answers it too while its value is whole. */
  integer(key: string, context: EvaluationContext, fallback: number): number {
    return this.#value(key, context, 'integer', fallback);
  }

  number(key: string, context: EvaluationContext, fallback: number): number {
    return this.#value(key, context, 'number', fallback);
  }

  /** An object or a list, deep-frozen. */
  object<T extends Json>(key: string, context: EvaluationContext, fallback: T): T {
    return this.#value(key, context, 'object', fallback);
  }

  /** As the getter of the default's type, with variant, reason, deciding rule, and error code and message if any. */
  details(key: string, context: EvaluationContext, fallback: boolean): Details<boolean>;
  details(key: string, context: EvaluationContext, fallback: string): Details<string>;
  details(key: string, context: EvaluationContext, fallback: number): Details<number>;
  details<T extends Json>(key: string, context: EvaluationContext, fallback: T): Details<T>;
  details(key: string, context: EvaluationContext, fallback: Json): Details {
    const resolution = this.#resolve(key, context);
    const kind = kindOf(fallback);
    if (resolution.value === undefined) return withDefault(resolution, fallback);
    if (kind !== undefined && !isOfKind(resolution.value, kind)) return mismatch(key, kind, fallback);
    this.#expose(key, resolution);
    return resolution as Details;
  }

  /**
   * Counts an event of the subject for the guards that ask for it: on each flag that the snapshot lists for the event,
   * it is credited to what the flag answers for this context. `value` is summed up. Evaluations here are no exposures.
   */
  track(event: string, context: EvaluationContext, value = 1): void {
    const engine = this.#engine;
    if (engine === undefined || this.#status === 'closed' || !Number.isFinite(value)) return;
    const { events } = engine.snapshot;
    if (!Object.hasOwn(events, event)) return;
    for (const flag of events[event] ?? []) {
      this.#ledger.track(event, flag, engine.evaluate(flag, context ?? {}), value);
    }
  }

  /** The headers that tell the mesh this subject's buckets and segments; set both on every call that goes out. */
  routeHeaders(context: EvaluationContext): RouteHeaders {
    const engine = this.#engine;
    if (engine === undefined) return { 'x-tg-b': '', 'x-tg-s': '' };
    return writeRouteHeaders(engine, this.#routeSegments, context ?? {});
  }

  /**
   * Resolves when what was counted before the call is delivered or given up, at the latest after `timeout` ms (default
   * 10,000); what is left then goes on being delivered. Never rejects.
   */
  flush({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<void> {
    return this.#reporter.flush(timeout);
  }

  /** What became of all that was counted: delivered, waiting, or lost and why. */
  stats(): ReporterStats {
    return this.#reporter.stats();
  }

  /**
   * Ends the stream, delivers the last counts for at most `timeout` ms (default 2,000), and leaves nothing behind that
   * keeps the process alive. Getters go on answering from the last snapshot; nothing is counted any more. Never rejects.
   */
  close({ timeout = 2_000 }: { readonly timeout?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout: number): Promise<void> {
    this.#become('closed');
    this.#abort.abort();
    for (const waiter of this.#waiters) {
      waiter.reject(new ClientError('CLOSED', 'The client was closed before the first snapshot came.'));
    }
    await this.#reporter.close(timeout);
    this.#transport.close();
  }

  #resolve(key: string, context: EvaluationContext): Resolution {
    return this.#engine === undefined ? NOT_READY : this.#engine.evaluate(key, context ?? {});
  }

  #value<T>(key: string, context: EvaluationContext, kind: ValueKind, fallback: T): T {
    const resolution = this.#resolve(key, context);
    if (!isOfKind(resolution.value, kind)) return fallback;
    this.#expose(key, resolution);
    return resolution.value as T;
  }

  #expose(key: string, resolution: Resolution): void {
    if (this.#status !== 'closed') this.#ledger.exposed(key, resolution);
  }

  #takeSnapshot(snapshot: Snapshot): void {
    const before = this.#engine?.snapshot.flags ?? [];
    this.#show(snapshot);
    const flags = new Set([...before, ...snapshot.flags].map(({ key }) => key));
    this.#tellChange(snapshot, [...flags]);
  }

  #takeDelta(delta: SnapshotDelta): void {
    if (this.#engine === undefined) throw new RangeError('a delta came before the first snapshot');
    this.#show(applyDelta(this.#engine.snapshot, delta));
    const gone = delta.deleted.filter(({ kind }) => kind === 'flag');
    this.#tellChange(
      delta,
      [...delta.flags, ...gone].map(({ key }) => key),
    );
  }

  #show(snapshot: Snapshot): void {
    this.#routeSegments = segmentsOfRoutes(snapshot);
    this.#engine = compile(snapshot, this.#engine);
    this.#become('ready');
    for (const waiter of this.#waiters) waiter.resolve();
  }

  #tellChange({ epoch, revision }: { epoch: string; revision: number }, flags: readonly string[]): void {
    this.#listeners.tell('change', { epoch, revision, flags });
  }

  #break(error: ClientError): void {
    this.#become('stale');
    if (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN') {
      for (const waiter of this.#waiters) waiter.reject(error);
    }
    this.#listeners.tell('error', error);
  }

  /** Without a snapshot the client is neither ready nor stale; a closed one stays closed. */
  #become(status: ClientStatus): void {
    const next = this.#engine === undefined && status !== 'closed' ? 'connecting' : status;
    if (next === this.#status || this.#status === 'closed') return;
    this.#status = next;
    this.#listeners.tell('status', next);
  }

  /** What an error listener throws has nowhere left to go. */
  #reportThrow(error: unknown, event: keyof ClientEvents): void {
    if (event === 'error') return;
    this.#listeners.tell(
      'error',
      new ClientError('LISTENER', `A ${event} listener threw.`, { cause: error }),
    );
  }
}

/** Makes a client and begins to connect. Throws INVALID_OPTIONS, naming the option. */
export function createClient(options: ClientOptions): TidegateClient {
  return new TidegateClient(options);
}
