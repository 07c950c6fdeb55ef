import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type OutgoingAddress, outgoingAddress, type Resolve, resolveHere } from './outgoing-address.js';

/** One call to somebody else's server. */
export interface OutgoingCall {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole call, from the look-up of its host to the end of the answer: milliseconds; default 5,000. */
  readonly timeout?: number;
}

export interface OutgoingAnswer {
  readonly status: number;
  readonly body: string;
}

/** An answer longer than what is read. */
export class AnswerTooLong extends Error {}

/** Longer answers are not read: nothing that we ask for is that long. */
const LONGEST_ANSWER = 1024 * 1024;

/**
 * Calls URLs that people configured (webhooks, key sets) and lets none of them reach what they must not: the address is
 * checked and then connected to, redirects are not followed.
 */
export class OutgoingCalls {
  /** Look-ups under way: each holds a thread of the process until it ends, so a host is looked up once at a time. */
  readonly #resolving = new Map<string, ReturnType<Resolve>>();

  /** `loopback` lists `host:port` pairs of this machine that may be called; default none. */
  constructor(
    private readonly loopback: readonly string[] = [],
    private readonly resolve: Resolve = resolveHere,
  ) {}

  /**
   * Rejects with Problem INVALID_INPUT for an address that is refused, and with an Error when the call fails, is late (then
   * it is called AbortError), or is answered by more than 1 MiB.
   */
  async send(url: URL, call: OutgoingCall): Promise<OutgoingAnswer> {
    const signal = AbortSignal.timeout(call.timeout ?? 5_000);
    const resolving = outgoingAddress(url, this.loopback, (host) => this.#resolve(host));
    return connect(url, await inTime(resolving, signal), { ...call, signal });
  }

  #resolve(host: string): ReturnType<Resolve> {
    const known = this.#resolving.get(host);
    if (known !== undefined) return known;
    const resolving = this.resolve(host).finally(() => this.#resolving.delete(host));
    this.#resolving.set(host, resolving);
    return resolving;
  }
}

/** Rejects as a request does once the signal aborts. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new AbortError('its host was not looked up in time'));
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject);
  });
}

class AbortError extends Error {
  override readonly name = 'AbortError';
}

/** Connects to the address that was checked, under the URL's own name. */
function connect(
  url: URL,
  { address, family }: OutgoingAddress,
  call: OutgoingCall & { readonly signal: AbortSignal },
): Promise<OutgoingAnswer> {
  const { method, headers = {}, body = '', signal } = call;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        agent: false,
        headers: { ...headers, ...length },
        signal,
        lookup: (_host, options, done) => {
          if (options.all === true) done(null, [{ address, family }]);
          else done(null, address, family);
        },
      },
      (response) => {
        read(response).then(resolve, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(method === 'POST' ? body : undefined);
  });
}

async function read(response: IncomingMessage): Promise<OutgoingAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LONGEST_ANSWER) throw new AnswerTooLong(`the answer is longer than ${LONGEST_ANSWER} bytes`);
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() };
}
