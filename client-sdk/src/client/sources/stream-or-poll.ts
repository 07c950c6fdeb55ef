import type { Snapshot, SnapshotDelta } from '../../engine/index.js';
import type { ClientError } from '../client-error.js';
import type { ResolvedOptions } from '../options.js';
import { SnapshotStream } from '../snapshot-stream.js';
import type { Transport } from '../transport.js';
import { PollSource } from './poll-source.js';
import type { Source, SourceSink } from './source.js';

/** Breaks in a row after which the stream can't be had for now. */
const BREAKS = 3;
/** Milliseconds without a stream after which it can't be had for now. */
const WITHOUT = 5_000;
/** A stream that lived this long (ms) was sound. */
const SOUND = 5_000;

/**
 * A stream, and polls while it can't be had: a proxy holds it back or cuts it, or answers something else. The stream is
 * tried on, and ends the polls when it opens. While polls succeed nothing is stale, and what befalls the stream is told
 * only.
 */
export class StreamOrPoll implements Source {
  readonly #options: ResolvedOptions;
  readonly #transport: Transport;
  readonly #sink: SourceSink;
  readonly #signal: AbortSignal;
  readonly #stream: SnapshotStream;
  #breaks = 0;
  /** When the stream opened, by a clock that never jumps; null while it is not open. */
  #openedAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #polls: AbortController | null = null;
  /** Whether the last poll succeeded; null before the first. */
  #polled: boolean | null = null;

  constructor(options: ResolvedOptions, transport: Transport, sink: SourceSink, signal: AbortSignal) {
    this.#options = options;
    this.#transport = transport;
    this.#sink = sink;
    this.#signal = signal;
    const own = {
      opened: () => this.#opened(),
      snapshot: (snapshot: Snapshot) => sink.snapshot(snapshot, 'stream'),
      delta: (delta: SnapshotDelta) => sink.delta(delta),
      broke: (error: ClientError) => this.#broke(error),
    };
    this.#stream = new SnapshotStream(options, transport, own, signal);
    if (sink.held !== undefined) this.#stream.continueFrom(`${sink.held.epoch}.${sink.held.revision}`);
  }

  async run(): Promise<void> {
    this.#signal.addEventListener('abort', () => this.#stopPolls(), { once: true });
    this.#wait();
    await this.#stream.run();
  }

  #opened(): void {
    this.#openedAt = performance.now();
    this.#stopPolls();
    this.#sink.opened();
  }

  #broke(error: ClientError): void {
    const wasSound = this.#openedAt !== null && performance.now() - this.#openedAt >= SOUND;
    this.#breaks = wasSound ? 1 : this.#breaks + 1;
    this.#openedAt = null;
    if (this.#polled === true) this.#sink.failed(error);
    else this.#sink.broke(error);
    if (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN') this.#stopPolls();
    else if (this.#breaks >= BREAKS) this.#startPolls();
    else this.#wait();
  }

  /** Polls, unless the stream opens in time. */
  #wait(): void {
    if (this.#timer !== undefined || this.#polls !== null) return;
    const wait = Math.min(WITHOUT, this.#options.connectTimeout);
    this.#timer = setTimeout(() => this.#startPolls(), wait).unref();
  }

  #startPolls(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#polls !== null || this.#signal.aborted) return;
    this.#polls = new AbortController();
    const outer = this.#sink;
    const sink: SourceSink = {
      get held() {
        return outer.held;
      },
      opened: () => this.#pollSucceeded(),
      snapshot: (snapshot) => {
        this.#sink.snapshot(snapshot, 'poll');
        this.#stream.continueFrom(`${snapshot.epoch}.${snapshot.revision}`);
        this.#pollSucceeded();
      },
      delta: (delta) => this.#sink.delta(delta),
      broke: (error) => this.#pollFailed(error),
      failed: (error) => this.#sink.failed(error),
    };
    void new PollSource(this.#options, this.#transport, sink, this.#polls.signal).run();
  }

  #stopPolls(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#polls?.abort();
    this.#polls = null;
    this.#polled = null;
  }

  #pollSucceeded(): void {
    this.#polled = true;
    this.#sink.opened();
  }

  /** Of failures in a row the first is told: the stream tells of its own. */
  #pollFailed(error: ClientError): void {
    if (this.#polled === true) this.#sink.broke(error);
    else if (this.#polled === null) this.#sink.failed(error);
    this.#polled = false;
  }
}
