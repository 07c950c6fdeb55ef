import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ApiServer, apiServerUrl } from './api-server.js';

/** What the proxy knows of a request before it is passed on; an edit of the query is passed on too. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Decides over one request: true where it has answered, or swallowed, what would be passed on. */
export type Intruder = (passing: Passing, response: ServerResponse) => boolean;

/** Stands before a real API server, as one user of it, and spoils what it is told to. */
export class FaultProxy {
  /** Asked about every request; null passes all on. */
  intruder: Intruder | null = null;
  /** What a watch says comes so much later, ms. */
  watchDelay = 0;
  readonly #agent: Agent;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(private readonly apiServer: ApiServer) {
    this.#agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    this.#server = createServer((incoming, response) => {
      this.#pass(incoming, response).catch(() => response.destroy());
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async before(apiServer: ApiServer): Promise<FaultProxy> {
    const proxy = new FaultProxy(apiServer);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The service's kubeconfig, but by way of the proxy; `name` tells those of several proxies apart. */
  kubeconfig(name = 'by-proxy'): string {
    const direct = this.apiServer.serviceKubeconfig();
    const original = JSON.parse(readFileSync(direct, 'utf8')) as object;
    const path = `${direct}.${name}`;
    const { port } = this.#server.address() as AddressInfo;
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    writeFileSync(path, JSON.stringify({ ...original, clusters: [{ name: 'testbed', cluster }] }));
    return path;
  }

  /** Cuts every connection, watches included. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#agent.destroy();
    this.#server.close();
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://proxy');
    const method = incoming.method ?? 'GET';
    const body = await text(incoming);
    if (this.intruder?.({ method, path: pathname, query: searchParams }, response)) return;
    const { host: _host, ...headers } = incoming.headers;
    const target = new URL(`${pathname}?${searchParams.toString()}`, apiServerUrl);
    const outgoing = request(target, { method, headers, agent: this.#agent });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      const delay = searchParams.has('watch') ? this.watchDelay : 0;
      answer.on('error', () => response.destroy());
      if (delay === 0) answer.pipe(response);
      else this.#trickle(answer, response, delay);
    });
    outgoing.end(body);
  }

  #trickle(answer: IncomingMessage, response: ServerResponse, delay: number): void {
    answer.on('data', (chunk: Buffer) => setTimeout(() => response.write(chunk), delay));
    answer.on('end', () => setTimeout(() => response.end(), delay));
  }
}

/** Answers as the API server refuses. */
export function refuse(response: ServerResponse, code: number, message: string): true {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message }));
  return true;
}
