import type { FastifyInstance } from 'fastify';

/** What a browser must know of every answer: no guessing of types, no framing, no referrer, nothing loaded by default. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

/** Sets these headers on each answer; a controller may set others in their place. */
export function setSafeHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (_, reply) => {
    reply.headers(HEADERS);
  });
}
