import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

const GUARDED: ReadonlySet<string> = new Set(['/graphql', '/graphql/stream']);

/**
 * Asks for an admin token before anything of GraphQL is even parsed, schema and introspection included, however its
 * path is spelled. Everything else that Nest serves (health, metrics, the page to try GraphQL) is open and shows no
 * document of any environment.
 */
export function guardFrontDoor(server: FastifyInstance, authenticator: Authenticator): void {
  server.addHook('onRequest', async (request: AuthenticatedRequest, reply: FastifyReply) => {
    if (!GUARDED.has(request.routeOptions.url ?? '')) return;
    const principal = authenticator.authenticateHeader(request.headers.authorization);
    if (principal === null)
      await refuseStranger(reply, authenticator.countFailure(request.socket.remoteAddress));
    else if (principal.kind !== 'admin') await refuse(reply, 'FORBIDDEN');
    else if (!mayAsk(principal, reply)) await refuse(reply, 'RATE_LIMITED', 1);
    else if (!isReadable(request)) await refuse(reply, 'INVALID_INPUT');
    else request.principal = principal;
  });
}

/** Takes one request from what a token may send, and tells what is left of it. */
function mayAsk({ budgets }: Principal, reply: FastifyReply): boolean {
  if (budgets === undefined || budgets.api.limit === Infinity) return true;
  const may = budgets.api.take();
  reply.headers({
    'ratelimit-limit': budgets.api.limit,
    'ratelimit-remaining': budgets.api.remaining,
    'ratelimit-reset': budgets.api.reset,
  });
  return may;
}

async function refuseStranger(reply: FastifyReply, wait: number): Promise<void> {
  await (wait === 0 ? refuse(reply, 'UNAUTHENTICATED') : refuse(reply, 'RATE_LIMITED', wait));
}

/** A form or plain text can be sent by any page that a browser shows; JSON can't without asking. */
function isReadable({ method, headers }: FastifyRequest): boolean {
  return method !== 'POST' || /^application\/json *(?:;|$)/i.test(headers['content-type'] ?? '');
}

const WORDS = 'The admin API needs a known admin token: "Authorization: Bearer …".';
const REFUSALS = {
  UNAUTHENTICATED: { status: 401, message: WORDS },
  FORBIDDEN: {
    status: 403,
    message:
      'This is a token for applications or metrics (server, client, metrics), which reads no admin API: send an admin token.',
  },
  RATE_LIMITED: { status: 429, message: 'Too many requests: wait as long as Retry-After says.' },
  INVALID_INPUT: { status: 415, message: 'Send JSON: "Content-Type: application/json".' },
} as const;

async function refuse(reply: FastifyReply, code: keyof typeof REFUSALS, wait = 0): Promise<void> {
  if (wait > 0) reply.header('retry-after', wait);
  const { status, message } = REFUSALS[code];
  await reply.code(status).send({ data: null, errors: [{ message, extensions: { code } }] });
}
