import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type OutgoingAddress, outgoingAddress } from './outgoing-address.js';

/** One call to somebody else's server. */
export interface OutgoingCall {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole call, milliseconds; default 5,000. */
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
  /** `loopback` lists `host:port` pairs of this machine that may be called; default none. */
  constructor(private readonly loopback: readonly string[] = []) {}

  /**
   * Rejects with Problem INVALID_INPUT for an address that is refused, and with an Error when the call fails, is late, or
   * is answered by more than 1 MiB.
   */
  async send(url: URL, call: OutgoingCall): Promise<OutgoingAnswer> {
    return connect(url, await outgoingAddress(url, this.loopback), call);
  }
}

/** Connects to the address that was checked, under the URL's own name. */
function connect(
  url: URL,
  { address, family }: OutgoingAddress,
  call: OutgoingCall,
): Promise<OutgoingAnswer> {
  const { method, headers = {}, body = '', timeout = 5_000 } = call;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        agent: false,
        headers: { ...headers, ...length },
        signal: AbortSignal.timeout(timeout),
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
