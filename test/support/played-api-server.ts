import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/cluster/resource.js';
import type { ServiceAccountPlace } from '../../src/cluster/service-account.js';

/** A fault: answers one request in place of the server. */
export type Fault = (response: ServerResponse, request: IncomingMessage) => void;

interface LoggedEvent {
  readonly version: number;
  readonly line: string;
}

const KIND = { apiVersion: 'example.com/v1', kind: 'Thing' };

/** A real HTTP server that speaks list and watch of one collection, and plays faults when told to. */
export class PlayedApiServer {
  readonly lists: URLSearchParams[] = [];
  readonly watches: URLSearchParams[] = [];
  readonly sockets = new Set<Socket>();
  /** How many connections there have been. */
  connections = 0;
  /** What the next lists, or watches, meet; used up one by one. */
  readonly faults: { list: Fault[]; watch: Fault[] } = { list: [], watch: [] };
  /** The only token that is good. */
  token = 'first';
  /** Versions below this have expired. */
  oldest = 0;
  pageSize = Infinity;
  #version = 10;
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #log: LoggedEvent[] = [];
  readonly #open = new Set<ServerResponse>();
  readonly #server: Server;

  private constructor(readonly folder: string) {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async start(): Promise<PlayedApiServer> {
    const server = new PlayedApiServer(await mkdtemp(join(tmpdir(), 'played-api-')));
    await Promise.all([writeFile(join(server.folder, 'ca.crt'), ''), server.writeToken('first')]);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get place(): ServiceAccountPlace {
    const { port } = this.#server.address() as AddressInfo;
    return { folder: this.folder, server: `http://127.0.0.1:${port}` };
  }

  /** How many watches are open. */
  get watching(): number {
    return this.#open.size;
  }

  get version(): number {
    return this.#version;
  }

  async writeToken(token: string): Promise<void> {
    await writeFile(join(this.folder, 'token'), `${token}\n`);
  }

  put(name: string, more: object = {}): void {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    const metadata = { name, namespace: 'shop', resourceVersion: String(++this.#version) };
    const object = { ...KIND, metadata, ...more };
    this.#objects.set(name, object);
    this.#send(type, object);
  }

  remove(name: string): void {
    const object = this.#objects.get(name);
    if (!object) throw new Error(`there is no ${name}`);
    this.#objects.delete(name);
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.#send('DELETED', { ...object, metadata });
  }

  /** Something elsewhere has been written: the version goes on. */
  bookmark(): void {
    const metadata = { name: '', resourceVersion: String(++this.#version) };
    this.say(JSON.stringify({ type: 'BOOKMARK', object: { ...KIND, metadata } }));
  }

  /** Writes a line to every open watch. */
  say(line: string): void {
    for (const response of this.#open) response.write(`${line}\n`);
  }

  /** Ends every open watch as the server does when its time is over. */
  endWatches(): void {
    for (const response of this.#open) response.end();
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #send(type: string, object: KubernetesObject): void {
    const line = JSON.stringify({ type, object });
    this.#log.push({ version: this.#version, line });
    this.say(line);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    const isWatch = query.has('watch');
    (isWatch ? this.watches : this.lists).push(query);
    const fault = this.faults[isWatch ? 'watch' : 'list'].shift();
    if (fault) fault(response, request);
    else if (request.headers.authorization !== `Bearer ${this.token}`) refuse(401)(response, request);
    else if (isWatch) this.#watch(query, response);
    else this.#list(query, response);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('continue') ?? 0);
    const all = [...this.#objects.values()];
    const items = all.slice(from, from + this.pageSize).map(({ metadata, ...rest }) => {
      const { kind: _kind, apiVersion: _apiVersion, ...others } = rest;
      return { metadata, ...others };
    });
    const next = from + items.length < all.length ? String(from + items.length) : undefined;
    const metadata = { resourceVersion: String(this.#version), continue: next };
    response.end(JSON.stringify({ apiVersion: KIND.apiVersion, kind: 'ThingList', metadata, items }));
  }

  #watch(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from < this.oldest) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old' } })}\n`);
      return;
    }
    for (const { version, line } of this.#log) if (version > from) response.write(`${line}\n`);
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
  }
}

/** Answers with a status, in the words of Kubernetes. */
export function refuse(code: number, message = 'no', headers: Record<string, string> = {}): Fault {
  return (response) =>
    response.writeHead(code, headers).end(JSON.stringify({ kind: 'Status', code, message }));
}

/** Never answers. */
export const hang: Fault = () => undefined;

/** A watch of these lines that ends then. */
export function lines(...said: string[]): Fault {
  return (response) => response.end(said.map((line) => `${line}\n`).join(''));
}
