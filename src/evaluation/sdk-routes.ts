import type { Store } from '../ports/store.js';
import type { Callers } from './caller.js';
import { ClientAdmission } from './client-admission.js';
import { takeEvents } from './event-intake.js';
import { evaluateAll, evaluateOne } from './ofrep.js';
import { toOfrepRefusal, toRefusal } from './refusals.js';
import type { Found, Route } from './route.js';
import { answerSnapshot, openStream } from './snapshot-routes.js';

const OFREP = '/ofrep/';
const OFREP_FLAGS = '/ofrep/v1/evaluate/flags';

const ONE: Route = { method: 'POST', cors: true, fail: toOfrepRefusal, serve: evaluateOne };
const ALL: Route = { method: 'POST', cors: true, fail: toOfrepRefusal, serve: evaluateAll };
const UNKNOWN: Route = {
  method: 'POST',
  cors: true,
  fail: toOfrepRefusal,
  serve: () => toOfrepRefusal({ code: 'NOT_FOUND', details: 'OFREP has no such route.' }, undefined),
};

/** Which of our routes a path leads to. */
export class SdkRoutes {
  readonly #plain: ReadonlyMap<string, Found>;

  constructor(store: Store, callers: Callers) {
    const admission = new ClientAdmission();
    const ours = { cors: false, fail: toRefusal } as const;
    const routes: [path: string, route: Route][] = [
      [OFREP_FLAGS, ALL],
      [`${OFREP_FLAGS}/`, ALL],
      ['/api/v1/snapshot', { ...ours, method: 'GET', serve: answerSnapshot }],
      [
        '/api/v1/stream',
        {
          ...ours,
          method: 'GET',
          serve: (asked) => openStream(asked, { store, stillWelcome: callers.recheck(asked.req) }),
        },
      ],
      [
        '/api/v1/events',
        {
          ...ours,
          method: 'POST',
          cors: true,
          serve: ({ body, caller }) => takeEvents(body, caller, { store, admission }),
        },
      ],
    ];
    this.#plain = new Map(routes.map(([path, route]) => [path, { route, key: undefined }]));
  }

  /** By a request's URL; undefined where it is somebody else's. */
  find(url: string): Found | undefined {
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    const plain = this.#plain.get(path);
    if (plain !== undefined || !path.startsWith(OFREP)) return plain;
    if (!path.startsWith(`${OFREP_FLAGS}/`)) return { route: UNKNOWN, key: undefined };
    return { route: ONE, key: decodeKey(path.slice(OFREP_FLAGS.length + 1)) };
  }
}

/** The flag's key in a path: percent-encoded by some clients, raw by others, and never with a slash at its end. */
function decodeKey(segment: string): string {
  const raw = segment.endsWith('/') ? segment.slice(0, -1) : segment;
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
