import type { Snapshot } from '../../engine/index.js';
import { attemptCall } from '../call-attempt.js';
import { ClientError } from '../client-error.js';
import { retryDelay, sleep } from '../delay.js';
import type { ResolvedOptions } from '../options.js';
import { retryAfter } from '../retry-after.js';
import { refusalOf } from '../server-refusal.js';
import { asSnapshot } from '../snapshot-shape.js';
import type { Reply, Transport } from '../transport.js';
import type { Source, SourceSink } from './source.js';

/** Bytes of one answer at which it counts as none. */
const LIMIT = 256 * 1_048_576;
/** Bytes that count as a sign of life; a trickle below that is silence. */
const PROGRESS = 1_024;
/** Half of the span, relative to the interval, over which clients spread their polls. */
const JITTER = 0.1;

/**
 * Asks for the whole configuration again and again, and gets it only where it is another. An answer that is older than
 * what is held, of the same epoch, comes from a replica that lags and is passed over.
 */
export class PollSource implements Source {
  readonly #options: ResolvedOptions;
  readonly #transport: Transport;
  readonly #sink: SourceSink;
  readonly #signal: AbortSignal;
  /** Milliseconds that the server asked to be left alone when it refused last. */
  #pause = 0;

  constructor(options: ResolvedOptions, transport: Transport, sink: SourceSink, signal: AbortSignal) {
    this.#options = options;
    this.#transport = transport;
    this.#sink = sink;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { pollInterval, retryDelay: base } = this.#options;
    let failures = 0;
    while (!this.#signal.aborted) {
      this.#pause = 0;
      const error = await this.#poll();
      if (this.#signal.aborted) return;
      failures = error === null ? 0 : failures + 1;
      if (error !== null) this.#sink.broke(error);
      const spread = pollInterval * (1 - JITTER + 2 * JITTER * Math.random());
      await sleep(
        failures === 0 ? spread : this.#pause + Math.min(spread, retryDelay(failures, base)),
        this.#signal,
      );
    }
  }

  /** One question; resolves with what was wrong. */
  #poll(): Promise<ClientError | null> {
    return attemptCall(this.#signal, this.#options.connectTimeout, async ({ signal, silence }) => {
      const reply = await this.#ask(signal);
      const snapshot = reply.status === 200 ? await readSnapshot(reply, silence) : null;
      if (!this.#signal.aborted) this.#show(snapshot);
      return null;
    });
  }

  async #ask(signal: AbortSignal): Promise<Reply> {
    const { held } = this.#sink;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (held !== undefined) headers['if-none-match'] = `"${held.epoch}.${held.revision}"`;
    const reply = await this.#transport.call('/api/v1/snapshot', { headers, signal });
    if (reply.status === 200 || (reply.status === 304 && held !== undefined)) return reply;
    this.#pause = retryAfter(reply.header('retry-after'), reply.header('date'), Date.now());
    throw refusalOf(reply.status);
  }

  /** Null: what is held is current. */
  #show(snapshot: Snapshot | null): void {
    const { held } = this.#sink;
    if (snapshot === null || (held?.epoch === snapshot.epoch && held.revision >= snapshot.revision)) {
      this.#sink.opened();
    } else this.#sink.snapshot(snapshot, 'poll');
  }
}

async function readSnapshot(reply: Reply, silence: NodeJS.Timeout): Promise<Snapshot> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let counted = 0;
  for await (const chunk of reply.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LIMIT) throw new ClientError('PROTOCOL', `The server's answer is longer than ${LIMIT} bytes.`);
    if (size - counted < PROGRESS) continue;
    counted = size;
    silence.refresh();
  }
  try {
    return asSnapshot(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (cause) {
    const type = reply.header('content-type') ?? 'nothing';
    throw new ClientError('PROTOCOL', `The server answered ${type} where a snapshot was expected.`, {
      cause,
    });
  }
}
