import type { Snapshot, SnapshotDelta } from '../engine/index.js';
import { ClientError } from './client-error.js';
import { retryDelay, sleep } from './delay.js';
import type { ResolvedOptions } from './options.js';
import { SseParser, type StreamMessage } from './sse-parser.js';

/** Who takes what the stream brings. */
export interface SnapshotSink {
  /** The server answers: what is held is current, or about to be. */
  opened(): void;
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

/**
 * Keeps a stream of the environment's configuration open: reconnects where it stood, with growing, jittered delays; from
 * the beginning where what came can't be continued. Runs until aborted; never rejects.
 */
export class SnapshotStream {
  readonly #options: ResolvedOptions;
  readonly #sink: SnapshotSink;
  readonly #signal: AbortSignal;
  #lastId = '';
  #base: number;

  constructor(options: ResolvedOptions, sink: SnapshotSink, signal: AbortSignal) {
    this.#options = options;
    this.#sink = sink;
    this.#signal = signal;
    this.#base = options.retryDelay;
  }

  async run(): Promise<void> {
    let attempt = 0;
    while (!this.#signal.aborted) {
      const begun = Date.now();
      const error = await this.#connect();
      if (this.#signal.aborted) return;
      attempt = Date.now() - begun >= SOUND ? 1 : attempt + 1;
      this.#sink.broke(error);
      const refused = error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN';
      await sleep(retryDelay(attempt + (refused ? REFUSED_PENALTY : 0), this.#base), this.#signal);
    }
  }

  /** One connection, from its request to its end; resolves with what ended it. */
  async #connect(): Promise<ClientError> {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    this.#signal.addEventListener('abort', abort, { once: true });
    const silence = setTimeout(abort, this.#options.connectTimeout).unref();
    try {
      const response = await this.#request(controller.signal);
      clearTimeout(silence);
      await this.#read(response, abort);
      return new ClientError('UNAVAILABLE', 'The server ended the stream.');
    } catch (error) {
      if (error instanceof ClientError) return error;
      const message = controller.signal.aborted ? 'The server does not answer.' : 'The connection broke.';
      return new ClientError('UNAVAILABLE', message, { cause: error });
    } finally {
      clearTimeout(silence);
      this.#signal.removeEventListener('abort', abort);
      abort();
    }
  }

  async #request(signal: AbortSignal): Promise<Response> {
    const response = await fetch(`${this.#options.url}/api/v1/stream`, {
      headers: {
        ...this.#options.headers,
        accept: 'text/event-stream',
        ...(this.#lastId === '' ? {} : { 'last-event-id': this.#lastId }),
      },
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200) throw refusalOf(response.status);
    const type = response.headers.get('content-type') ?? 'nothing';
    if (!/^text\/event-stream *(;|$)/i.test(type)) {
      throw new ClientError('PROTOCOL', `The server answered ${type} where a stream of events was expected.`);
    }
    return response;
  }

  async #read(response: Response, abort: () => void): Promise<void> {
    if (response.body === null) return;
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const parser = new SseParser({
      message: (message) => this.#take(message),
      retry: (delay) => (this.#base = Math.max(this.#options.retryDelay, Math.min(delay, 30_000))),
    });
    const silence = setTimeout(abort, this.#options.silenceTimeout).unref();
    try {
      let opened = false;
      for await (const chunk of response.body) {
        silence.refresh();
        this.#parse(() => parser.push(decoder.decode(chunk as Uint8Array, { stream: true })));
        if (!opened) this.#sink.opened();
        opened = true;
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

function refusalOf(status: number): ClientError {
  if (status === 401) return new ClientError('UNAUTHENTICATED', 'The server does not know this key.');
  if (status === 403) {
    return new ClientError('FORBIDDEN', 'The server refuses this key; a server token is needed.');
  }
  if (status === 503 || status === 429 || status === 502 || status === 504) {
    return new ClientError('UNAVAILABLE', `The server is not ready (${status}).`);
  }
  return new ClientError('PROTOCOL', `The server answered ${status}; is the url that of Tidegate?`);
}

function asSnapshot(value: unknown): Snapshot {
  if (!isSound(value)) throw new TypeError('what came is no snapshot');
  return value as unknown as Snapshot;
}

function asDelta(value: unknown): SnapshotDelta {
  if (!isSound(value) || !Array.isArray(value['deleted']) || typeof value['from'] !== 'number') {
    throw new TypeError('what came is no delta');
  }
  return value as unknown as SnapshotDelta;
}

function isSound(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { epoch, revision, flags, segments, routes, events } = value as Record<string, unknown>;
  return (
    typeof epoch === 'string' &&
    typeof revision === 'number' &&
    [flags, segments, routes].every(isListOfDocuments) &&
    typeof events === 'object' &&
    events !== null
  );
}

function isListOfDocuments(value: unknown): boolean {
  return Array.isArray(value) && value.every((document) => typeof document?.key === 'string');
}
