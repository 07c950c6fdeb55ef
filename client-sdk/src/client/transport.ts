import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ClientError } from './client-error.js';

/** One request. */
export interface Call {
  readonly method?: 'GET' | 'POST';
  /** Besides those that every request carries. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the call, whatever it has come to. */
  readonly signal: AbortSignal;
}

/** What the server answered; its body comes as it arrives, unpacked. */
export interface Reply {
  readonly status: number;
  /** A header by its lower-case name; several of a name are joined. */
  header(name: string): string | undefined;
  /** Throws where the connection breaks or the call is ended. One that isn't read must be ended by the call's signal. */
  readonly body: AsyncIterable<Uint8Array>;
}

const SYNC = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const FLUSH = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

/**
 * Calls one server over connections that it keeps, and that never keep the process alive. Redirects are not followed, so
 * that the key is shown to nobody but the address it was given for.
 */
export class Transport {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: HttpAgent;

  /** `url` begins with http or https and ends without a slash; `headers` go with each request. */
  constructor({
    url,
    headers,
  }: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }) {
    this.#url = url;
    this.#headers = headers;
    this.#agent = url.startsWith('https:')
      ? new HttpsAgent({ keepAlive: true })
      : new HttpAgent({ keepAlive: true });
  }

  /** Resolves with the head of the answer, whatever its status. Rejects where there is none, with what Node says. */
  call(path: string, { method = 'GET', headers, body, signal }: Call): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = this.#url.startsWith('https:') ? httpsRequest : httpRequest;
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const req = request(new URL(this.#url + path), {
        method,
        agent: this.#agent,
        headers: { 'accept-encoding': 'identity', ...this.#headers, ...headers, ...length },
      });
      letProcessEnd(req);
      endBy(signal, req);
      req.on('error', reject);
      req.on('response', (message) => resolve(toReply(message)));
      // after an unasked-for change of protocol Node says nothing but this
      req.on('close', () => reject(new Error('the connection was closed before there was an answer')));
      req.end(body);
    });
  }

  /** Closes the connections, those in use too. */
  close(): void {
    this.#agent.destroy();
  }
}

/** The body as text. Throws RangeError beyond `limit` bytes. */
export async function readText({ body }: Reply, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new RangeError(`the answer is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function letProcessEnd(req: ClientRequest): void {
  req.on('socket', (socket) => socket.unref());
}

/** Without an error of its own: Node would throw that at nobody when the answer ends at the same moment. */
function endBy(signal: AbortSignal, req: ClientRequest): void {
  const end = (): void => void req.destroy();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  req.once('close', () => signal.removeEventListener('abort', end));
}

function toReply(message: IncomingMessage): Reply {
  const body = unpack(message);
  // a body that nobody reads any more may break
  body.on('error', ignore);
  return {
    status: message.statusCode ?? 0,
    header: (name) => message.headersDistinct[name]?.join(', '),
    body,
  };
}

function unpack(message: IncomingMessage): Readable {
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return message;
  const unpacker = unpackerOf(encoding);
  if (unpacker !== undefined) return pipeline(message, unpacker, ignore);
  message.destroy(
    new ClientError('PROTOCOL', `The server's answer is packed in an unknown way: ${encoding}.`),
  );
  return message;
}

function unpackerOf(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip(SYNC);
  if (encoding === 'deflate') return createInflate(SYNC);
  return encoding === 'br' ? createBrotliDecompress(FLUSH) : undefined;
}

function ignore(): void {
  // whoever reads the body is told
}
