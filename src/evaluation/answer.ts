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

/** Sends an answer, unless the caller is gone. Never throws. */
export function send(res: ServerResponse, answer: Answer, extra?: Readonly<Record<string, string>>): void {
  if (res.headersSent || res.destroyed) return;
  const head: Record<string, string | number> = { ...extra, ...answer.headers };
  if (answer.body.length > 0) {
    head['content-type'] ??= 'application/json; charset=utf-8';
    head['content-length'] = Buffer.byteLength(answer.body);
  } else if (answer.status !== 304 && answer.status !== 204) {
    head['content-length'] = 0;
  }
  res.writeHead(answer.status, head);
  res.end(answer.body);
}
