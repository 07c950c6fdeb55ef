import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.js';

/** A request that the front door has authenticated. */
export type AuthenticatedRequest = FastifyRequest & { principal?: Principal };
