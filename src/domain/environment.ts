import { z } from 'zod';
import { versionTemplateSchema } from './discovery/version-template.js';
import { EVENT_KINDS } from './event-kind.js';
import { keySchema, labelSchema } from './key.js';
import { outgoingUrl, secretRefSchema } from './outgoing-url.js';

const claimPath = z.array(z.string().min(1).max(200)).min(1).max(5);

/** The claim that is the user's targeting key, where the identity setting names none. */
export const DEFAULT_TARGETING_CLAIM: readonly string[] = ['sub'];

/**
 * Who vouches for a user's token: issuer, JWKS (URL, or the key set itself), audience, allowed algorithms, and which
 * claim becomes which verified attribute. `claim` is a path: `['realm', 'groups']`. `targetingKey` is the path of the
 * claim that the edge takes for the targeting key (not given: `sub`), `cookie` the one that it looks for a token in
 * where the request has no Authorization of scheme Bearer.
 */
export const identitySchema = z.strictObject({
  issuer: z.string().min(1).max(500),
  jwksUri: outgoingUrl.nullable().default(null),
  jwks: z
    .strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(50) })
    .nullable()
    .default(null),
  audience: z.string().min(1).max(500).nullable().default(null),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256']),
  pairs: z
    .array(z.strictObject({ attribute: keySchema, claim: claimPath }))
    .max(50)
    .default([]),
  targetingKey: claimPath.optional(),
  cookie: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a cookie')
    .refine((name) => name !== 'tg-id', 'is the cookie that the edge issues: name another')
    .optional(),
});

/** An outgoing webhook. `events`: kinds of event, or `*` for every one. */
export const webhookSchema = z.strictObject({
  url: outgoingUrl,
  secretRef: secretRefSchema,
  events: z
    .array(z.enum([...EVENT_KINDS, '*']))
    .min(1)
    .max(50),
});

/**
 * How the edge knows anonymous browsers: by a cookie that it issues, signed with the secret at `secretRef`. What the one at
 * `previousSecretRef` signed is believed too, and signed anew. `domain`: the cookie's, where the host lies in it (null: the
 * host alone).
 */
export const visitorsSchema = z.strictObject({
  secretRef: secretRefSchema,
  previousSecretRef: secretRefSchema.nullable().default(null),
  domain: z
    .string()
    .max(253)
    .regex(
      /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/,
      'must be a domain such as example.com',
    )
    .nullable()
    .default(null),
});

/** Settings of one environment; the one document of kind `settings`, key `environment`. */
export const settingsSchema = z.strictObject({
  key: z.literal('environment').default('environment'),
  description: z.string().max(2_000).default(''),
  identity: identitySchema.nullable().default(null),
  visitors: visitorsSchema.nullable().default(null),
  webhooks: z.array(webhookSchema).max(20).default([]),
  /** How new versions of routes are rolled out; the first that is for a route counts. */
  versionTemplates: z.array(versionTemplateSchema).max(50).default([]),
});

/** An entry of the registry: that an environment exists. */
export const environmentSchema = z.strictObject({
  key: labelSchema,
  description: z.string().max(2_000).default(''),
});

export type Identity = z.output<typeof identitySchema>;
export type Visitors = z.output<typeof visitorsSchema>;
export type Webhook = z.output<typeof webhookSchema>;
export type Settings = z.output<typeof settingsSchema>;
export type Environment = z.output<typeof environmentSchema>;
