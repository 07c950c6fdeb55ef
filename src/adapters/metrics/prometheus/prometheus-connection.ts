import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  Agent as HttpAgent,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { SourceFault } from '../../../domain/guard/trouble.js';
import type { PrometheusServer } from './prometheus-server.js';

const TIMEOUT = 5_000;
/** To one server at a time, where its settings name no other number. */
export const CONNECTIONS = 32;
const LARGEST_ANSWER = 10 * 1024 * 1024;

export interface PrometheusAnswer {
  readonly status: number;
  readonly text: string;
}

interface Certificates {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Connections to one server, with what lets us in. Certificates and a token's file are read at each call: they get renewed. */
export class PrometheusConnection {
  readonly #endpoint: URL;
  readonly #server: PrometheusServer;
  readonly #basic: string | undefined;
  #agent: HttpAgent;
  #certificates = '';

  constructor(server: PrometheusServer) {
    this.#server = server;
    this.#endpoint = new URL(server.url);
    const { username, password } = this.#endpoint;
    if (username !== '') {
      const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      this.#basic = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    this.#endpoint.username = '';
    this.#endpoint.password = '';
    this.#endpoint.search = '';
    this.#endpoint.pathname = `${this.#endpoint.pathname.replace(/\/+$/, '')}/api/v1/query`;
    this.#agent = new HttpAgent(this.#pool());
  }

  /** For a whole call, ms. */
  get timeout(): number {
    return this.#server.timeout ?? TIMEOUT;
  }

  /**
   * Posts a query. Redirects are not followed. Rejects with a SourceFault: no answer in time, one that breaks off,
   * one of more than 10 MB, a file that can't be read. No word of it holds a secret.
   */
  async post(body: URLSearchParams): Promise<PrometheusAnswer> {
    const authorization = await this.#authorization();
    const agent = await this.#currentAgent();
    const text = body.toString();
    const headers = {
      ...this.#server.headers,
      ...(authorization === undefined ? {} : { authorization }),
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      'content-length': String(Buffer.byteLength(text)),
    };
    const signal = AbortSignal.timeout(this.timeout);
    const response = await this.#send(text, { method: 'POST', headers, agent, signal }).catch(
      (error: unknown) => {
        throw this.#faultOf("Prometheus can't be reached", error, signal);
      },
    );
    return { status: response.statusCode ?? 0, text: await this.#read(response, signal) };
  }

  /** A server may close a kept connection just as a query goes out on it: the query, which changes nothing, goes out anew. */
  async #send(text: string, options: RequestOptions): Promise<IncomingMessage> {
    const send = this.#endpoint.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(this.#endpoint, options);
    // From when it is answered on, the answer itself tells that it broke off.
    request.on('error', () => undefined).end(text);
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return response;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!request.reusedSocket || !['ECONNRESET', 'EPIPE'].includes(code)) throw error;
      return this.#send(text, options);
    }
  }

  async #read(response: IncomingMessage, signal: AbortSignal): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.byteLength;
        if (size > LARGEST_ANSWER) break;
        chunks.push(chunk);
      }
    } catch (error) {
      throw this.#faultOf('Prometheus broke off its answer', error, signal);
    }
    if (size > LARGEST_ANSWER)
      throw new SourceFault('ANSWER_TOO_LARGE', 'Prometheus answered more than 10 MB: narrow the selector');
    return Buffer.concat(chunks).toString('utf8');
  }

  async #authorization(): Promise<string | undefined> {
    const { token, tokenFile } = this.#server;
    if (tokenFile === undefined) return token === undefined ? this.#basic : `Bearer ${token}`;
    const read = (await contentOf(tokenFile))?.trim() ?? '';
    if (!/^[\x21-\x7e]+$/.test(read)) throw new SourceFault('NO_SOURCE', `there is no token in ${tokenFile}`);
    return `Bearer ${read}`;
  }

  /** The agent for the certificates of now; the one before them finishes what it is asking. */
  async #currentAgent(): Promise<HttpAgent> {
    if (this.#endpoint.protocol !== 'https:') return this.#agent;
    const { caFile, certFile, keyFile } = this.#server;
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(contentOf));
    const certificates: Certificates = { ca, cert, key };
    const now = JSON.stringify(certificates);
    if (now !== this.#certificates || !(this.#agent instanceof HttpsAgent)) {
      this.#certificates = now;
      this.#agent = new HttpsAgent({ ...this.#pool(), ...certificates });
    }
    return this.#agent;
  }

  #pool(): { keepAlive: true; maxSockets: number; timeout: number } {
    const maxSockets = this.#server.connections ?? CONNECTIONS;
    return { keepAlive: true, maxSockets, timeout: 30_000 };
  }

  #faultOf(words: string, error: unknown, signal: AbortSignal): SourceFault {
    const { message, cause } = error as Partial<Error> & { cause?: Partial<Error> };
    if (signal.aborted)
      return new SourceFault('NO_ANSWER', `${words}: no answer within ${this.timeout / 1_000} s`, {
        cause: error,
      });
    const why = cause?.message || message || String(error);
    return new SourceFault('UNREACHABLE', `${words}: ${why}`, { cause: error });
  }
}

async function contentOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SourceFault('NO_SOURCE', `${file} can't be read`, { cause: error });
  }
}
