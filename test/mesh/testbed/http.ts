import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

export interface HttpRequest {
  host: string;
  port: number;
  /** A path, or an absolute URL when the other side is a proxy. */
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  timeoutMs?: number;
}

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * One HTTP/1.1 exchange, whatever the status. Built on node:http and not on fetch, because a test must set the Host
 * header and speak to a proxy.
 */
export function http(request: HttpRequest, agent?: Agent): Promise<HttpResponse> {
  const { body = '', headers, timeoutMs = 10_000, ...options } = request;
  // Node adds no length to the body of a DELETE, and the server would read it as the next request.
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { ...options, headers: { ...length, ...headers }, agent, timeout: timeoutMs },
      (response) => {
        text(response).then(
          (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
          reject,
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${options.host}:${options.port}`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A readiness probe: true once the URL answers 200. */
export function httpProbe(url: string): () => Promise<boolean> {
  const { hostname, port, pathname, search } = new URL(url);
  const request = { host: hostname, port: Number(port), path: pathname + search, timeoutMs: 1_000 };
  return async () => (await http(request)).status === 200;
}
