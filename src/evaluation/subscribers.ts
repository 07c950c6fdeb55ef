import type { ServerResponse } from 'node:http';

/** Streams written to before the event loop gets its turn: well below a millisecond. */
const SLICE = 64;
/** Unsent bytes, beyond its largest frame, at which a stream counts as stuck and is cut. */
const BACKLOG_LIMIT = 8 * 1_048_576;

/** One frame as it goes over the wire: as it is, or as a chunk of a chunked answer. */
interface Wired {
  readonly plain: Buffer;
  readonly chunk: Buffer;
}

interface Subscriber {
  readonly res: ServerResponse;
  /** Asked at each keep-alive: a token revoked since ends its stream. */
  readonly welcome: () => boolean;
  /** Number of the last frame that is not for it, having been part of its greeting. */
  readonly after: number;
  largest: number;
}

/**
 * The open streams of one environment. Each frame is one shared buffer, written in slices with the event loop let
 * through in between; frames go out one after the other, so every stream sees them in order.
 */
export class Subscribers {
  readonly #all = new Set<Subscriber>();
  readonly #queue: { readonly number: number; readonly wired: Wired; readonly check: boolean }[] = [];
  #number = 0;
  #pumping = false;

  get size(): number {
    return this.#all.size;
  }

  /** Adds a stream whose head is written. `greeting` is sent at once; frames broadcast from now on follow. */
  add(res: ServerResponse, greeting: readonly Buffer[], welcome: () => boolean): void {
    const bytes = greeting.length === 1 ? (greeting[0] as Buffer) : Buffer.concat(greeting);
    const subscriber = { res, welcome, after: this.#number, largest: bytes.length };
    this.#all.add(subscriber);
    const forget = (): void => void this.#all.delete(subscriber);
    res.on('close', forget);
    res.on('error', forget);
    // behind an unfinished answer on the same connection a response is told nothing of the connection's end
    if (res.socket === null) res.req.socket.once('close', forget);
    res.write(bytes);
  }

  broadcast(bytes: Buffer): void {
    this.#enqueue(bytes, false);
  }

  /** Sends a keep-alive, and ends the streams that are no longer welcome. */
  keepAlive(bytes: Buffer): void {
    this.#enqueue(bytes, true);
  }

  /** Ends every stream after what is queued for it. Resolves when all are closed, at the latest after `deadline` ms. */
  async end(deadline: number): Promise<void> {
    const open = [...this.#all];
    const closed = Promise.all(open.map(({ res }) => new Promise<void>((done) => res.once('close', done))));
    for (const { res } of open) res.end();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([closed, new Promise<void>((done) => (timer = setTimeout(done, deadline)))]);
    clearTimeout(timer);
    for (const { res } of open) res.destroy();
  }

  #enqueue(bytes: Buffer, check: boolean): void {
    this.#number += 1;
    if (this.#all.size === 0) return;
    this.#queue.push({ number: this.#number, wired: wire(bytes), check });
    if (!this.#pumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      let written = 0;
      for (const subscriber of this.#all) {
        if (subscriber.after >= next.number) continue;
        write(subscriber, next.wired, next.check);
        written += 1;
        if (written % SLICE === 0) await new Promise<void>((done) => setImmediate(done));
      }
    }
    this.#pumping = false;
  }
}

function wire(plain: Buffer): Wired {
  const length = Buffer.from(`${plain.length.toString(16)}\r\n`);
  return { plain, chunk: Buffer.concat([length, plain, Buffer.from('\r\n')]) };
}

function write(subscriber: Subscriber, wired: Wired, check: boolean): void {
  const { res } = subscriber;
  if (res.writableEnded || res.destroyed) return;
  if (res.writableLength > BACKLOG_LIMIT + subscriber.largest) res.destroy();
  else if (check && !subscriber.welcome()) res.end();
  else {
    subscriber.largest = Math.max(subscriber.largest, wired.plain.length);
    send(res, wired);
  }
}

/**
 * Straight to the socket, past what ServerResponse does for each write, which is a quarter of it. Not before the
 * response has its socket: behind an unfinished answer on the same connection it has none yet.
 */
function send(res: ServerResponse, { plain, chunk }: Wired): void {
  if (res.socket === null) res.write(plain);
  else res.socket.write(res.chunkedEncoding ? chunk : plain);
}
