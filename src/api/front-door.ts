import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Authenticator } from '../auth/authenticator.js';
import type { AuthenticatedRequest } from './api.module.js';

/**
 * Asks for an admin token before anything of GraphQL is even parsed, schema and introspection included. Everything else
 * that Nest serves (health, metrics, the page to try GraphQL) is open and shows no data of any environment.
 */
export function guardFrontDoor(server: FastifyInstance, authenticator: Authenticator): void {
  server.addHook('onRequest', async (request: AuthenticatedRequest, reply: FastifyReply) => {
    if (!request.url.startsWith('/graphql')) return;
    const principal = authenticator.authenticateHeader(request.headers.authorization);
    if (principal === null || principal.kind !== 'admin') {
      const code = principal === null ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      const message = 'The admin API needs a known admin token: "Authorization: Bearer …".';
      await reply
        .code(principal === null ? 401 : 403)
        .send({ data: null, errors: [{ message, extensions: { code } }] });
      return;
    }
    request.principal = principal;
  });
}
