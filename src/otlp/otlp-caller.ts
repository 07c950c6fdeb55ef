import type { IncomingMessage } from 'node:http';
import type { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';

/** Why a caller may not push. */
export interface Denial {
  readonly status: 401 | 403 | 429;
  readonly words: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** The environment that a request's token may push to. Metrics tokens alone may, and nothing else: whoever holds one can't read a flag. */
export function callerOf(
  request: IncomingMessage,
  authenticator: Authenticator,
): { readonly environment: string } | Denial {
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  const principal = authenticator.authenticate(token);
  return principal === null ? stranger(request, authenticator) : known(principal);
}

function known({ kind, environments, budgets }: Principal): { readonly environment: string } | Denial {
  const environment = environments?.[0];
  if (kind !== 'metrics' || environment === undefined)
    return { status: 403, words: 'Only a metrics token of an environment may push metrics.' };
  if (budgets?.evaluation.take() === false)
    return { status: 429, words: 'This token sends more often than it may.' };
  return { environment };
}

function stranger({ socket }: IncomingMessage, authenticator: Authenticator): Denial {
  const retryAfter = authenticator.countFailure(socket.remoteAddress);
  if (retryAfter === 0)
    return { status: 401, words: 'Send a known metrics token as "Authorization: Bearer …".' };
  return { status: 429, words: 'Too many unknown tokens came from this address.', retryAfter };
}
