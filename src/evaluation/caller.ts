import type { IncomingMessage } from 'node:http';
import type { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import type { EnvironmentView, View } from './environment-view.js';
import type { EnvironmentViews } from './environment-views.js';
import { type Fault, NOT_AN_SDK_TOKEN, NOT_LOADED, TOO_OFTEN, UNAUTHENTICATED } from './refusals.js';

/** Who calls, and the environment that their token belongs to, loaded. */
export interface Caller {
  readonly principal: Principal;
  readonly environment: string;
  readonly environmentView: EnvironmentView;
  readonly view: View;
}

/** Finds the caller by `Authorization: Bearer …` or `X-API-Key`, or says why there is none. */
export class Callers {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly views: EnvironmentViews,
  ) {}

  identify(req: IncomingMessage): Caller | Fault {
    if (!this.views.started) return NOT_LOADED;
    const principal = this.authenticator.authenticate(tokenOf(req));
    if (principal === null) return this.#stranger(req);
    return mayAsk(principal) ? this.#caller(principal) : TOO_OFTEN;
  }

  #caller(principal: Principal): Caller | Fault {
    const environment = principal.environments?.[0];
    if (!isOfSdk(principal) || environment === undefined) return NOT_AN_SDK_TOKEN;
    const environmentView = this.views.get(environment);
    const view = environmentView?.view;
    if (environmentView === undefined || view === undefined) return NOT_LOADED;
    return { principal, environment, environmentView, view };
  }

  #stranger({ socket }: IncomingMessage): Fault {
    const retryAfter = this.authenticator.countFailure(socket.remoteAddress);
    if (retryAfter === 0) return UNAUTHENTICATED;
    return { ...TOO_OFTEN, details: 'Too many unknown tokens came from this address.', retryAfter };
  }

  /** How to ask later whether the request's token still stands. */
  recheck(req: IncomingMessage): () => boolean {
    const token = tokenOf(req);
    return () => this.authenticator.authenticate(token) !== null;
  }
}

function isOfSdk({ kind }: Principal): boolean {
  return kind === 'server' || kind === 'client';
}

function mayAsk({ budgets }: Principal): boolean {
  return budgets === undefined || budgets.evaluation.take();
}

export function isFault(caller: Caller | Fault): caller is Fault {
  return 'code' in caller;
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return typeof key === 'string' ? key : undefined;
}
