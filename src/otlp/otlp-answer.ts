import type { ServerResponse } from 'node:http';
import { encodeResponse, encodeStatus, type Encoding } from './otlp-wire.js';

/** Seconds after which to send again what could not be taken now. */
const RETRY_AFTER = 1;
/** Reasons that one answer tells. */
const MOST_REASONS = 5;
/** Numbers of google.rpc.Code, which the body of a refusal has; 2: unknown. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  503: 14,
};

/** What a push is answered. An encoding that we don't know is answered in JSON. */
export interface OtlpAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** A refusal in words; 429 and 503 may be sent again. */
export function refusal(
  status: number,
  words: string,
  encoding: Encoding = 'json',
  retryAfter = RETRY_AFTER,
): OtlpAnswer {
  const body = encodeStatus(RPC_CODES[status] ?? 2, words, encoding);
  return status === 503 || status === 429 ? { status, body, retryAfter } : { status, body };
}

/** What was taken; a part that was not, by its reasons. */
export function taken(refused: ReadonlyMap<string, number>, encoding: Encoding): OtlpAnswer {
  const rejected = [...refused.values()].reduce((sum, count) => sum + count, 0);
  const words = [...refused.keys()].slice(0, MOST_REASONS).join('; ');
  return { status: 200, body: encodeResponse(rejected, words, encoding) };
}

export function send(response: ServerResponse, answer: OtlpAnswer, encoding: Encoding = 'json'): void {
  if (response.headersSent || response.destroyed) return;
  const { status, body, retryAfter } = answer;
  const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
  const wait = retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) };
  response.writeHead(status, { 'content-type': type, 'content-length': body.length, ...wait }).end(body);
}
