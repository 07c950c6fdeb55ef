import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { Store } from '../ports/store.js';
import { type Answer, send } from './answer.js';
import { Callers, isFault } from './caller.js';
import { readBody } from './body.js';
import { EnvironmentViews } from './environment-views.js';
import { OURS, TOO_LARGE } from './refusals.js';
import type { Asked, Found, Route } from './route.js';
import { SdkRoutes } from './sdk-routes.js';

const NO_BODY = Buffer.alloc(0);
const PREFLIGHT = {
  'access-control-allow-methods': 'POST, OPTIONS',
  'access-control-allow-headers':
    'content-type, authorization, x-api-key, if-none-match, flagd-selector, x-tidegate-user-token',
  'access-control-max-age': '86400',
} as const;

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
  readonly #views: EnvironmentViews;
  readonly #callers: Callers;
  readonly #routes: SdkRoutes;

  constructor(authenticator: Authenticator, store: Store, views: EnvironmentViews) {
    this.#views = views;
    this.#callers = new Callers(authenticator, views);
    this.#routes = new SdkRoutes(store, this.#callers);
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
    const found = this.#routes.find(req.url ?? '/');
    if (found === undefined) return false;
    this.#admit(found, req, res);
    return true;
  }

  #admit({ route, key }: Found, req: IncomingMessage, res: ServerResponse): void {
    if (req.method !== route.method) return send(res, otherMethod(route, req, key), route.cors);
    const caller = this.#callers.identify(req);
    if (isFault(caller)) return send(res, route.fail(caller, key), route.cors);
    if (route.method === 'GET') return this.#serve(route, { req, res, caller, key, body: NO_BODY });
    readBody(req, (body) => {
      if (body === 'too-large') send(res, route.fail(TOO_LARGE, key), route.cors);
      else this.#serve(route, { req, res, caller, key, body });
    });
  }

  /** Without a promise where the route needs none: that is a good part of what a small answer costs. */
  #serve(route: Route, asked: Asked): void {
    const answered = (answer: Answer | null): void => {
      if (answer !== null) send(asked.res, answer, route.cors);
    };
    const failed = (error: unknown): void => {
      this.#logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      send(asked.res, route.fail(OURS, asked.key), route.cors);
    };
    try {
      const answer = route.serve(asked);
      if (answer instanceof Promise) answer.then(answered).catch(failed);
      else answered(answer);
    } catch (error) {
      failed(error);
    }
  }
}

/** Preflights of browsers are answered; other methods than the route's own are refused. */
function otherMethod(route: Route, { method }: IncomingMessage, key: string | undefined): Answer {
  if (method === 'OPTIONS' && route.cors) return { status: 204, body: '', headers: PREFLIGHT };
  const allow = route.cors ? `${route.method}, OPTIONS` : route.method;
  const details = `This route is asked by ${route.method}.`;
  return { ...route.fail({ code: 'INVALID_INPUT', details }, key), status: 405, headers: { allow } };
}
