import type { Json } from '@tidegate/sdk/engine';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { Identity } from '../domain/environment.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';

/** Why a user's token proves nothing. Closed: it is a metric's label. */
const REFUSALS = [
  'not-configured', // the environment has no identity setting
  'malformed', // no JWT, or longer than 16 KiB
  'algorithm', // unsigned, or signed by an algorithm that is not allowed
  'signature', // signed by somebody else
  'issuer',
  'audience',
  'expired', // or without an expiry
  'not-yet-valid',
  'keys-unavailable', // the issuer's keys can't be fetched
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What a token proved: verified attributes, or why nothing. */
export type Verification =
  { readonly verified: Readonly<Record<string, Json>> } | { readonly refused: Refusal };

interface Remembered {
  readonly verification: Verification;
  /** Epoch milliseconds of the token's expiry. */
  readonly until: number;
}

const LONGEST_TOKEN = 16_384;
const REMEMBERED = 10_000;
const FETCH_TIMEOUT = 5_000;

/**
 * Checks users' JWTs by one identity setting: signature by the issuer's keys (inline, or fetched from `jwksUri` and
 * cached by jose), issuer, audience where set, algorithm, and an expiry that must be there. Tokens that passed are
 * remembered until they expire, the latest 10,000 of them; tokens are never logged.
 */
export class IdentityVerifier {
  readonly #identity: Identity;
  readonly #now: () => number;
  readonly #keys: JWTVerifyGetKey | null;
  readonly #passed = new Map<string, Remembered>();

  /** `calls` fetches the keys of a `jwksUri`; by default nothing on this machine can be reached. */
  constructor(identity: Identity, now: () => number = Date.now, calls = new OutgoingCalls()) {
    this.#identity = identity;
    this.#now = now;
    this.#keys = keysOf(identity, calls);
  }

  /** The remembered outcome of a token that passed and is still valid; undefined = call `verify`. */
  peek(token: string): Verification | undefined {
    const remembered = this.#passed.get(token);
    if (remembered === undefined) return undefined;
    if (this.#now() < remembered.until) return remembered.verification;
    this.#passed.delete(token);
    return undefined;
  }

  /** Never rejects. */
  async verify(token: string): Promise<Verification> {
    if (token.length > LONGEST_TOKEN) return { refused: 'malformed' };
    if (this.#keys === null) return { refused: 'keys-unavailable' };
    try {
      const payload = await this.#check(token, this.#keys);
      return this.#remember(token, payload);
    } catch (error) {
      return { refused: refusalOf(error) };
    }
  }

  async #check(token: string, keys: JWTVerifyGetKey): Promise<JWTPayload> {
    const { issuer, audience, algorithms } = this.#identity;
    const options = {
      issuer,
      algorithms,
      ...(audience === null ? {} : { audience }),
      requiredClaims: ['exp'],
      currentDate: new Date(this.#now()),
    };
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return await firstThatVerifies(error, (key) => jwtVerify(token, key, options));
    }
  }

  #remember(token: string, payload: JWTPayload): Verification {
    const verified: Record<string, Json> = {};
    for (const { attribute, claim } of this.#identity.pairs) {
      const value = claimAt(payload, claim);
      if (value !== undefined) verified[attribute] = value;
    }
    const verification = { verified };
    if (this.#passed.size >= REMEMBERED) {
      const [oldest] = this.#passed.keys();
      if (oldest !== undefined) this.#passed.delete(oldest);
    }
    this.#passed.set(token, { verification, until: (payload.exp ?? 0) * 1_000 });
    return verification;
  }
}

function keysOf({ jwks, jwksUri }: Identity, calls: OutgoingCalls): JWTVerifyGetKey | null {
  if (jwks !== null) return createLocalJWKSet(jwks);
  if (jwksUri === null) return null;
  return createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: FETCH_TIMEOUT,
    [customFetch]: async (url) => {
      const { status, body } = await calls.send(new URL(url), { method: 'GET', timeout: FETCH_TIMEOUT });
      return new Response(body, { status });
    },
  });
}

type Candidate = Extract<Awaited<ReturnType<JWTVerifyGetKey>>, object>;

/** Where a key id names several keys, any of them may have signed. */
async function firstThatVerifies(
  candidates: errors.JWKSMultipleMatchingKeys,
  verify: (key: Candidate) => Promise<{ payload: JWTPayload }>,
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await verify(key)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function claimAt(payload: JWTPayload, path: readonly string[]): Json | undefined {
  let at: unknown = payload;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at as Json;
}

const BY_CLAIM: Readonly<Record<string, Refusal>> = {
  iss: 'issuer',
  aud: 'audience',
  exp: 'expired',
  nbf: 'not-yet-valid',
};

const BY_CODE: Readonly<Record<string, Refusal>> = {
  [errors.JWTExpired.code]: 'expired',
  [errors.JOSEAlgNotAllowed.code]: 'algorithm',
  [errors.JOSENotSupported.code]: 'algorithm',
  [errors.JWSSignatureVerificationFailed.code]: 'signature',
  [errors.JWKSNoMatchingKey.code]: 'signature',
  [errors.JWSInvalid.code]: 'malformed',
  [errors.JWTInvalid.code]: 'malformed',
  [errors.JWKSTimeout.code]: 'keys-unavailable',
  [errors.JWKSInvalid.code]: 'keys-unavailable',
};

function refusalOf(error: unknown): Refusal {
  if (error instanceof errors.JWTClaimValidationFailed) return BY_CLAIM[error.claim] ?? 'malformed';
  if (error instanceof errors.JOSEError) return BY_CODE[error.code] ?? 'keys-unavailable';
  return 'keys-unavailable';
}
