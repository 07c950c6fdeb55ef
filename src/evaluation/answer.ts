import type { ServerResponse } from 'node:http';

/** One HTTP answer, ready to be sent. A `body` of '' sends none. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure of a request: what `refuse` turns into a body. `code` belongs to the route's closed set. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly details: string;
  /** Whole seconds, with 429 and 503. */
  readonly retryAfter?: number;
  /** The flag asked for, on single evaluations. */
  readonly key?: string;
}

/** Seconds after which a caller that was told 503 may ask again. */
export const RETRY_AFTER = 1;

/** The body of every failure: `{ key?, errorCode, errorDetails }`, with `metadata` where a flag was asked for. */
export function refuse({ status, code, details, retryAfter, key }: Refusal): Answer {
  const body = {
    ...(key === undefined ? {} : { key }),
    errorCode: code,
    errorDetails: details,
    ...(key === undefined ? {} : { metadata: {} }),
  };
  return {
    status,
    body: JSON.stringify(body),
    headers: retryAfter === undefined ? undefined : { 'retry-after': String(Math.ceil(retryAfter)) },
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** Lets pages of any origin read an answer. */
const CORS = ['access-control-allow-origin', '*'] as const;
const CORS_EXPOSED = [...CORS, 'access-control-expose-headers', 'ETag, Retry-After'] as const;

/** Sends an answer, with leave for pages of any origin where `cors`; unless the caller is gone. Never throws. */
export function send(res: ServerResponse, { status, body, headers }: Answer, cors: boolean): void {
  if (res.headersSent || res.destroyed) return;
  // a flat list of names and values: half the cost of an object to node
  const head: (string | number)[] = [];
  if (cors) head.push(...(headers === undefined ? CORS : CORS_EXPOSED));
  for (const name in headers) head.push(name, headers[name] as string);
  const size = Buffer.byteLength(body);
  if (size > 0) head.push('content-type', JSON_TYPE, 'content-length', size);
  else if (status !== 304 && status !== 204) head.push('content-length', 0);
  res.writeHead(status, head as string[]);
  // ASCII is written as it is, which costs a large text far less than encoding
  res.end(body, size === body.length ? 'latin1' : 'utf8');
}
