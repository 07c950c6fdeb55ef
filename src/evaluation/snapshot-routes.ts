import type { IncomingMessage } from 'node:http';
import type { Cursor, Store } from '../ports/store.js';
import type { Answer } from './answer.js';
import { matchesEtag } from './etag.js';
import { PREAMBLE } from './frame.js';
import { BEHIND, SERVER_TOKENS_ONLY, TOO_OFTEN, toRefusal } from './refusals.js';
import type { Asked } from './route.js';

/** The whole configuration (`GET /api/v1/snapshot`), with the ETag `"epoch.revision"`; 304 where the caller has it. */
export function answerSnapshot({ req, caller: { principal, environmentView, view } }: Asked): Answer {
  if (principal.kind !== 'server') return toRefusal(SERVER_TOKENS_ONLY);
  const headers = { etag: `"${view.cursor}"`, 'cache-control': 'private, no-cache' };
  if (matchesEtag(req.headers['if-none-match'], headers.etag)) return { status: 304, body: '', headers };
  return { status: 200, body: environmentView.snapshotBytes(), headers };
}

/**
 * Opens a stream (`GET /api/v1/stream`) of server-sent events: `snapshot`, then a `delta` for each change; ids are
 * `epoch.revision`. A caller that names where it stands (`Last-Event-ID`, or `?from=`) gets the deltas since, or a
 * snapshot where that is too long ago. One that stands further than we do makes the store look, so that we catch up
 * where we can, and gets a snapshot where we can't; STORE_UNAVAILABLE where the store can't be asked, so that the caller
 * keeps what it has. `stillWelcome` is asked at each keep-alive. Answers only when it refuses.
 */
export async function openStream(
  { req, res, caller: { principal, environment, environmentView } }: Asked,
  { store, stillWelcome }: { readonly store: Store; readonly stillWelcome: () => boolean },
): Promise<Answer | null> {
  if (principal.kind !== 'server') return toRefusal(SERVER_TOKENS_ONLY);
  if (principal.budgets?.streams.take() === false) return toRefusal(TOO_OFTEN);
  const from = cursorOf(req);
  if (from !== null && environmentView.isBehind(from)) {
    if (!(await meet(store, environment, from))) return toRefusal(BEHIND);
    if (req.socket.destroyed) return null;
  }
  req.socket.setTimeout(0);
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  const greeting = [PREAMBLE, ...environmentView.catchUp(from)];
  environmentView.subscribers.add(res, greeting, stillWelcome);
  return null;
}

/** Has the store look at a cursor that is ahead of us; what it finds reaches our own watcher. */
async function meet(store: Store, environment: string, from: Cursor): Promise<boolean> {
  try {
    const stop = await store.watch(environment, from, { change: ignore, reset: ignore });
    stop();
    return true;
  } catch {
    return false;
  }
}

function ignore(): void {
  // the environment's view is told as well, and that is enough
}

/** The cursor that a request names; null for none, or one of no known form. */
function cursorOf({ headers, url = '' }: IncomingMessage): Cursor | null {
  const last = headers['last-event-id'];
  if (typeof last === 'string' && last !== '') return parseCursor(last);
  const query = url.indexOf('?');
  return parseCursor(query === -1 ? null : new URLSearchParams(url.slice(query)).get('from'));
}

function parseCursor(text: string | null): Cursor | null {
  const [, epoch, revision] = /^([^.]+)\.(\d{1,15})$/.exec(text ?? '') ?? [];
  return epoch === undefined ? null : { epoch, revision: Number(revision) };
}
