import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { Store } from '../ports/store.js';
import { type Answer, send } from './answer.js';
import { type Caller, Callers, isFault } from './caller.js';
import { ClientAdmission } from './client-admission.js';
import { EnvironmentViews } from './environment-views.js';
import { takeEvents } from './event-intake.js';
import { evaluateAll, evaluateOne } from './ofrep.js';
import { type Fault, OURS, toOfrepRefusal, toRefusal } from './refusals.js';
import { answerSnapshot, openStream } from './snapshot-routes.js';

const OFREP = '/ofrep/';
const OFREP_FLAGS = '/ofrep/v1/evaluate/flags';
const PREFLIGHT = {
  'access-control-allow-methods': 'POST, OPTIONS',
  'access-control-allow-headers':
    'content-type, authorization, x-api-key, if-none-match, flagd-selector, x-tidegate-user-token',
  'access-control-max-age': '86400',
} as const;

/** One of our routes, for one request. */
interface Route {
  readonly method: 'GET' | 'POST';
  /** Whether pages of any origin may call it. */
  readonly cors: boolean;
  fail(fault: Fault): Answer;
  /** The answer, or null where the route has taken the response over. */
  serve(req: IncomingMessage, res: ServerResponse, caller: Caller): Promise<Answer | null> | Answer | null;
}

/**
 * Everything an SDK talks to, on bare node:http and before Nest's pipeline: OFREP, snapshot, stream, events. The
 * composition root puts it in front of Nest in the HTTP server that fastify is given:
 *
 *     new FastifyAdapter({
 *       serverFactory: (nest) =>
 *         evaluation.configure(createServer((req, res) => {
 *           if (!evaluation.handle(req, res)) nest(req, res);
 *         })),
 *     })
 *
 * with `await evaluation.start()` once the store and the Authenticator are, and `await evaluation.close()` before the
 * HTTP server is closed: open streams would keep it waiting.
 */
@Injectable()
export class EvaluationServer {
  readonly #logger = new Logger(EvaluationServer.name);
  readonly #store: Store;
  readonly #views: EnvironmentViews;
  readonly #callers: Callers;
  readonly #admission = new ClientAdmission();

  constructor(authenticator: Authenticator, store: Store, views: EnvironmentViews) {
    this.#store = store;
    this.#views = views;
    this.#callers = new Callers(authenticator, views);
  }

  /** Begins to follow the store. Until an environment's first image has come, requests for it are told 503. */
  async start(): Promise<void> {
    await this.#views.start();
  }

  /** Sets the limits in time of a server that `handle` stands in: 15 s for a whole request, 10 s for its head. */
  configure(server: Server): Server {
    server.requestTimeout = 15_000;
    server.headersTimeout = 10_000;
    return server;
  }

  /** Ends the streams and stops following the store; what is not gone after `deadline` ms is cut. */
  async close(deadline = 2_000): Promise<void> {
    await this.#views.close(deadline);
  }

  /** Answers a request of ours and says true; says false, with nothing touched, where it is somebody else's. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    const route = this.#match(req.url ?? '/');
    if (route === undefined) return false;
    void this.#answer(route, req, res);
    return true;
  }

  async #answer(route: Route, req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const answer = await this.#run(route, req, res);
      if (answer !== null) send(res, answer, route.cors);
    } catch (error) {
      this.#logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      send(res, route.fail(OURS), route.cors);
    }
  }

  #run(route: Route, req: IncomingMessage, res: ServerResponse): Promise<Answer | null> | Answer | null {
    if (req.method === 'OPTIONS' && route.cors) return { status: 204, body: '', headers: PREFLIGHT };
    if (req.method !== route.method) return wrongMethod(route);
    const caller = this.#callers.identify(req);
    return isFault(caller) ? route.fail(caller) : route.serve(req, res, caller);
  }

  #match(url: string): Route | undefined {
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    if (path.startsWith(OFREP)) return ofrepRoute(path);
    switch (path) {
      case '/api/v1/snapshot':
        return {
          method: 'GET',
          cors: false,
          fail: toRefusal,
          serve: (req, _, caller) => answerSnapshot(req, caller),
        };
      case '/api/v1/stream':
        return {
          method: 'GET',
          cors: false,
          fail: toRefusal,
          serve: (req, res, caller) =>
            openStream(req, res, caller, { store: this.#store, stillWelcome: this.#callers.recheck(req) }),
        };
      case '/api/v1/events':
        return {
          method: 'POST',
          cors: true,
          fail: toRefusal,
          serve: (req, _, caller) =>
            takeEvents(req, caller, { store: this.#store, admission: this.#admission }),
        };
      default:
        return undefined;
    }
  }
}

function ofrepRoute(path: string): Route {
  const rest = path.startsWith(OFREP_FLAGS) ? path.slice(OFREP_FLAGS.length) : 'unknown';
  if (rest === '' || rest === '/') {
    return {
      method: 'POST',
      cors: true,
      fail: (fault) => toOfrepRefusal(fault, undefined),
      serve: (req, _, caller) => evaluateAll(req, caller),
    };
  }
  const key = rest.startsWith('/') ? decodeKey(rest.slice(1)) : undefined;
  const fail = (fault: Fault): Answer => toOfrepRefusal(fault, key);
  return {
    method: 'POST',
    cors: true,
    fail,
    serve: (req, _, caller) =>
      key === undefined
        ? fail({ code: 'NOT_FOUND', details: `There is no ${path}.` })
        : evaluateOne(req, caller, key),
  };
}

/** The flag's key in a path: percent-encoded by some clients, raw by others, and never with a slash at its end. */
function decodeKey(segment: string): string {
  const raw = segment.endsWith('/') ? segment.slice(0, -1) : segment;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

function wrongMethod(route: Route): Answer {
  const { method, cors } = route;
  const allow = cors ? `${method}, OPTIONS` : method;
  const answer = route.fail({ code: 'INVALID_INPUT', details: `This route is asked by ${method}.` });
  return { ...answer, status: 405, headers: { allow } };
}
