import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../auth/authenticator.js';
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
    if (principal === null) await refuse(reply, 'UNAUTHENTICATED');
    else if (principal.kind !== 'admin') await refuse(reply, 'FORBIDDEN');
    else if (!isReadable(request)) await refuse(reply, 'INVALID_INPUT');
    else request.principal = principal;
  });
}

/** A form or plain text can be sent by any page that a browser shows; JSON can't without asking. */
function isReadable({ method, headers }: FastifyRequest): boolean {
  return method !== 'POST' || /^application\/json *(?:;|$)/i.test(headers['content-type'] ?? '');
}

const WORDS = 'The admin API needs a known admin token: "Authorization: Bearer …".';
const REFUSALS = {
  UNAUTHENTICATED: { status: 401, message: WORDS },
  FORBIDDEN: { status: 403, message: WORDS },
  INVALID_INPUT: { status: 415, message: 'Send JSON: "Content-Type: application/json".' },
} as const;

async function refuse(reply: FastifyReply, code: keyof typeof REFUSALS): Promise<void> {
  const { status, message } = REFUSALS[code];
  await reply.code(status).send({ data: null, errors: [{ message, extensions: { code } }] });
}
