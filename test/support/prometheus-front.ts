import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a front does with an answer of the Prometheus behind it to a query; omitted: hands it on. */
export type Treat = (body: object, response: ServerResponse, query: string) => void;

/** Stands before a real Prometheus, as a query frontend or an ingress does. */
export class PrometheusFront {
  /** Headers of the requests that came, in order. */
  readonly seen: IncomingMessage['headers'][] = [];
  /** What they asked, in order, without the range. */
  readonly queries: string[] = [];
  /** Most requests that were being answered at a time. */
  busiest = 0;
  #answering = 0;
  /** Peers' certificates, by common name; empty without TLS. */
  readonly peers: string[] = [];
  treat: Treat | undefined;
  readonly #server;

  constructor(
    private readonly behind: string,
    private readonly tls?: ServerOptions,
  ) {
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answering += 1;
      this.busiest = Math.max(this.busiest, this.#answering);
      response.on('close', () => (this.#answering -= 1));
      void this.#answer(request, response);
    };
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return this.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.seen.push(request.headers);
    const { socket } = request;
    if ('getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function') {
      const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string } };
      this.peers.push(subject?.CN ?? '');
    }
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const query = new URLSearchParams(Buffer.concat(parts).toString()).get('query') ?? '';
    this.queries.push(query.replace(/\[[^\]]*\]$/, ''));
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const init = { method: 'POST', body: Buffer.concat(parts), headers };
    const answered = await fetch(`${this.behind}${request.url ?? ''}`, init);
    const body = (await answered.json()) as object;
    response.statusCode = answered.status;
    if (this.treat === undefined) response.end(JSON.stringify(body));
    else this.treat(body, response, query);
  }
}
