import { z } from 'zod';
import { keySchema, labelSchema } from './key.js';
import type { UserError } from './problem.js';

export const TOKEN_KINDS = ['admin', 'server', 'client', 'metrics'] as const;
export const ROLES = ['viewer', 'editor', 'admin'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];
export type Role = (typeof ROLES)[number];

/**
 * A token of the registry. Only its SHA-256 (hex) is kept. Admin tokens carry a role and are global (`environments`
 * null) or list environments; server, client and metrics tokens belong to exactly one and carry no role.
 */
export const tokenSchema = z.strictObject({
  key: keySchema,
  description: z.string().max(2_000).default(''),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  kind: z.enum(TOKEN_KINDS),
  role: z.enum(ROLES).nullable().default(null),
  environments: z.array(labelSchema).nullable().default(null),
  createdAt: z.iso.datetime(),
});

export type Token = z.output<typeof tokenSchema>;

/** What a token's kind asks of its role and reach. */
export function tokenFaults(token: Token): UserError[] {
  const faults: UserError[] = [];
  const fault = (field: string, message: string): void =>
    void faults.push({ field, message, code: 'INVALID_INPUT' });
  if (token.kind === 'admin') {
    if (token.role === null) fault('role', 'An admin token needs a role: viewer, editor or admin.');
    if (token.environments?.length === 0)
      fault('environments', 'Name at least one environment, or leave it out for all.');
  } else {
    if (token.role !== null) fault('role', `A ${token.kind} token has no role; leave it out.`);
    if (token.environments?.length !== 1)
      fault('environments', `A ${token.kind} token belongs to exactly one environment.`);
  }
  return faults;
}
