import { z } from 'zod';
import { keySchema, labelSchema } from './key.js';

export const TOKEN_KINDS = ['admin', 'server', 'client'] as const;
export const ROLES = ['viewer', 'editor', 'admin'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];
export type Role = (typeof ROLES)[number];

/**
 * A token of the registry. Only its SHA-256 (hex) is kept. Admin tokens carry a role and are global (`environments`
 * null) or list environments; server and client tokens belong to exactly one and carry no role.
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
