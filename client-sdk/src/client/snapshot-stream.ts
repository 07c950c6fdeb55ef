import type { Snapshot, SnapshotDelta } from '../engine/index.js';
import { attemptCall } from './call-attempt.js';
import { ClientError } from './client-error.js';
import { retryDelay, sleep } from './delay.js';
import type { ResolvedOptions } from './options.js';
import { retryAfter } from './retry-after.js';
import { refusalOf } from './server-refusal.js';
import { asDelta, asSnapshot } from './snapshot-shape.js';
import { SseParser, type StreamMessage } from './sse-parser.js';
import type { Reply, Transport } from './transport.js';

/** Who takes what the stream brings. */
export interface SnapshotSink {
  /** The server has said all it had to say at first: what is held is current. */
  opened(): void;
  /** The server's word, whatever was held: of another epoch, or of a lower revision where the store has lost changes. */
  snapshot(snapshot: Snapshot): void;
  /** Throws where the delta doesn't fit what is held. */
  delta(delta: SnapshotDelta): void;
  /** The stream broke, or could not be opened; it is tried again. */
  broke(error: ClientError): void;
}

/** A stream that lived this long (ms) was sound: the next reconnection is a first attempt. */
const SOUND = 5_000;
/** Attempts that a refused key counts as more: it will hardly be welcome in a second. */
const REFUSED_PENALTY = 6;
/** Bytes that count as a sign of life in the midst of a message; a trickle below that is silence. */
const PROGRESS = 1_024;

/**
 * Keeps a stream of the environment's configuration open: reconnects where it stood, with growing, jittered delays, and
 * not before the server wants it; from the beginning where what came can't be continued. Runs until aborted; never
 * rejects.
 */
export class SnapshotStream {
  readonly #options: ResolvedOptions;
  readonly #transport: Transport;
  readonly #sink: SnapshotSink;
  readonly #signal: AbortSignal;
  #lastId = '';
  #base: number;
  /** Milliseconds that the server asked to be left alone when it refused last. */
  #pause = 0;

  constructor(options: ResolvedOptions, transport: Transport, sink: SnapshotSink, signal: AbortSignal) {
    this.#options = options;
    this.#transport = transport;
    this.#sink = sink;
    this.#signal = signal;
    this.#base = options.retryDelay;
  }

  /** Begins the next connection where the caller stands by other means; `id` is `epoch.revision`. */
  continueFrom(id: string): void {
    this.#lastId = id;
  }

  async run(): Promise<void> {
    let attempt = 0;
    while (!this.#signal.aborted) {
      const begun = performance.now();
      this.#pause = 0;
      const error = await this.#connect();
      if (this.#signal.aborted) return;
      attempt = performance.now() - begun >= SOUND ? 1 : attempt + 1;
      this.#sink.broke(error);
      const refused = error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN';
      const delay = retryDelay(attempt + (refused ? REFUSED_PENALTY : 0), this.#base);
      await sleep(this.#pause + delay, this.#signal);
    }
  }

  /** One connection, from its request to its end; resolves with what ended it. */
  async #connect(): Promise<ClientError> {
    const ended = await attemptCall(this.#signal, this.#options.connectTimeout, async (attempt) => {
      const reply = await this.#request(attempt.signal);
      clearTimeout(attempt.silence);
      await this.#read(reply, attempt.abort);
      return null;
    });
    return ended ?? new ClientError('UNAVAILABLE', 'The server ended the stream.');
  }

  async #request(signal: AbortSignal): Promise<Reply> {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (this.#lastId !== '') headers['last-event-id'] = this.#lastId;
    const reply = await this.#transport.call('/api/v1/stream', { headers, signal });
    if (reply.status !== 200) {
      this.#pause = retryAfter(reply.header('retry-after'), reply.header('date'), Date.now());
      throw refusalOf(reply.status);
    }
    const type = reply.header('content-type') ?? 'nothing';
    if (!/^text\/event-stream *(;|$)/i.test(type)) {
      throw new ClientError('PROTOCOL', `The server answered ${type} where a stream of events was expected.`);
    }
    return reply;
  }

  async #read(reply: Reply, abort: () => void): Promise<void> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const parser = new SseParser({
      message: (message) => this.#take(message),
      retry: (delay) => (this.#base = Math.max(this.#options.retryDelay, Math.min(delay, 30_000))),
    });
    const silence = setTimeout(abort, this.#options.silenceTimeout).unref();
    try {
      let opened = false;
      let progress = 0;
      for await (const chunk of reply.body) {
        this.#parse(() => parser.push(decoder.decode(chunk, { stream: true })));
        progress += chunk.length;
        if (parser.isBetweenMessages || progress >= PROGRESS) {
          progress = 0;
          silence.refresh();
        }
        if (opened || !parser.isBetweenMessages) continue;
        opened = true;
        this.#sink.opened();
      }
    } finally {
      clearTimeout(silence);
    }
  }

  /** Whatever is wrong with what came, the way out is the same: begin anew with a whole snapshot. */
  #parse(push: () => void): void {
    try {
      push();
    } catch (error) {
      this.#lastId = '';
      const why = error instanceof Error ? error.message : String(error);
      throw new ClientError('PROTOCOL', `The stream can't be continued: ${why}`, { cause: error });
    }
  }

  #take({ event, id, data }: StreamMessage): void {
    if (event === 'snapshot') this.#sink.snapshot(asSnapshot(JSON.parse(data)));
    else if (event === 'delta') this.#sink.delta(asDelta(JSON.parse(data)));
    else return;
    this.#lastId = id;
  }
}
