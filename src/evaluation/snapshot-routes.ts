import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.js';
import type { Caller } from './caller.js';
import { matchesEtag } from './etag.js';
import { PREAMBLE } from './frame.js';
import { SERVER_TOKENS_ONLY, toRefusal } from './refusals.js';

/** The whole configuration (`GET /api/v1/snapshot`), with the ETag `"epoch.revision"`; 304 where the caller has it. */
export function answerSnapshot(req: IncomingMessage, { principal, environmentView, view }: Caller): Answer {
  if (principal.kind !== 'server') return toRefusal(SERVER_TOKENS_ONLY);
  const headers = { etag: `"${view.cursor}"`, 'cache-control': 'private, no-cache' };
  if (matchesEtag(req.headers['if-none-match'], headers.etag)) return { status: 304, body: '', headers };
  return { status: 200, body: environmentView.snapshotBytes(), headers };
}

/**
 * Opens a stream (`GET /api/v1/stream`) of server-sent events: `snapshot`, then a `delta` for each change; ids are
 * `epoch.revision`. A caller that names where it stands (`Last-Event-ID`, or `?from=`) gets the deltas since, or a
 * snapshot where that is too long ago. `stillWelcome` is asked at each keep-alive. Answers only when it refuses.
 */
export function openStream(
  req: IncomingMessage,
  res: ServerResponse,
  { principal, environmentView }: Caller,
  stillWelcome: () => boolean,
): Answer | null {
  if (principal.kind !== 'server') return toRefusal(SERVER_TOKENS_ONLY);
  req.socket.setTimeout(0);
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  const greeting = [PREAMBLE, ...environmentView.catchUp(cursorOf(req))];
  environmentView.subscribers.add(res, greeting, stillWelcome);
  return null;
}

function cursorOf({ headers, url = '' }: IncomingMessage): string | null {
  const last = headers['last-event-id'];
  if (typeof last === 'string' && last !== '') return last;
  const query = url.indexOf('?');
  return query === -1 ? null : new URLSearchParams(url.slice(query)).get('from');
}
