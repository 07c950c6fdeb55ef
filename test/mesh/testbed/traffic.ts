import { Agent } from 'node:http';
import { http, type HttpRequest, type HttpResponse } from './http.js';

/** Where requests go in: an address, and the host they are for. */
export interface Entry {
  port: number;
  host: string;
  /** Whether the port speaks as an HTTP proxy. */
  proxy: boolean;
}

export interface Load {
  headers?: Record<string, string>;
  path?: string;
  method?: string;
  concurrency?: number;
}

/** What a number of requests came to. */
export interface Tally {
  /** Answers with status 200 by the version that gave them. */
  versions: Record<string, number>;
  /** All answers by status; `0` counts requests that got none. */
  statuses: Record<number, number>;
}

const unanswered: HttpResponse = { status: 0, headers: {}, body: '' };

/** One request from outside or from the client, as the proxy gives it back. */
export async function request(entry: Entry, load: Load = {}, agent?: Agent): Promise<HttpResponse> {
  return http(toRequest(entry, load), agent);
}

/** Sends a number of requests, some at a time, and counts who answered. */
export async function send(entry: Entry, count: number, load: Load = {}): Promise<Tally> {
  const agent = new Agent({ keepAlive: true });
  const tally: Tally = { versions: {}, statuses: {} };
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) record(tally, await request(entry, load, agent).catch(() => unanswered));
  };
  await Promise.all(Array.from({ length: load.concurrency ?? 8 }, worker));
  agent.destroy();
  return tally;
}

function toRequest(
  { port, host, proxy }: Entry,
  { headers = {}, path = '/', method = 'GET' }: Load,
): HttpRequest {
  const target = proxy ? `http://${host}${path}` : path;
  return { host: '127.0.0.1', port, method, path: target, headers: { host, ...headers } };
}

function record(tally: Tally, { status, headers }: HttpResponse): void {
  tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
  const version = headers['x-version'];
  if (status === 200 && typeof version === 'string')
    tally.versions[version] = (tally.versions[version] ?? 0) + 1;
}
