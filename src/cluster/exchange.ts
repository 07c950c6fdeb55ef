import { request as plainRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Access } from './access.js';

/** One request to the API server. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Parts of the query; undefined ones are left out. */
  readonly query?: { readonly [name: string]: string | number | boolean | undefined };
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default application/json; a patch says which kind it is. */
  readonly contentType?: string;
  /** Default application/json. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** A connection that was kept may have been closed by the other side just now; then there are others, or a new one. */
const ATTEMPTS = 3;

/** Sends a request and resolves with its answer, whatever that is, once its head is there. */
export async function exchange(
  access: Access,
  identity: OutgoingHttpHeaders,
  call: Call,
): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(access, identity, call);
    } catch (error) {
      if (!(error instanceof ClosedMeanwhile)) throw error;
      if (attempt === ATTEMPTS) throw error.cause;
    }
  }
}

/** The kept connection was gone. All that we ask is safe to ask twice: what is written names the version it goes over. */
class ClosedMeanwhile extends Error {}

function send(access: Access, identity: OutgoingHttpHeaders, call: Call): Promise<IncomingMessage> {
  const url = new URL(access.server + call.path);
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers: OutgoingHttpHeaders = {
    accept: call.accept ?? 'application/json',
    'user-agent': 'tidegate',
    ...(body !== undefined && {
      'content-type': call.contentType ?? 'application/json',
      // Node adds none to a DELETE, and the server would read its body as the next request.
      'content-length': Buffer.byteLength(body),
    }),
    ...identity,
  };
  const request = url.protocol === 'https:' ? secureRequest : plainRequest;
  const { method = 'GET', signal } = call;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: access.agent, ...(signal && { signal }) }, resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isLost = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isLost ? new ClosedMeanwhile('', { cause: error }) : error);
    });
    sent.end(body);
  });
}
