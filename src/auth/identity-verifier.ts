import { hash } from 'node:crypto';
import type { Json } from '@tidegate/sdk/engine';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { DEFAULT_TARGETING_CLAIM, type Identity } from '../domain/environment.js';
import { OutgoingCalls } from '../outgoing/outgoing-calls.js';
import { IssuerKeys } from './issuer-keys.js';

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

/** What a token proved: verified attributes, and the targeting key where its claim is a text; or why nothing. */
export type Verification = Proof | { readonly refused: Refusal };

export interface Proof {
  readonly verified: Readonly<Record<string, Json>>;
  readonly targetingKey: string | null;
}

interface Remembered {
  readonly proof: Proof;
  /** Epoch milliseconds of the token's expiry. */
  readonly until: number;
}

const LONGEST_TOKEN = 16_384;
const REMEMBERED = 10_000;

/**
 * Checks users' JWTs by one identity setting: signature by the issuer's keys, issuer, audience where set, algorithm, and
 * an expiry that must be there. Tokens that passed are remembered by their SHA-256 until they expire or the issuer's keys
 * change, the 10,000 that were used last; tokens are never kept nor logged.
 */
export class IdentityVerifier {
  readonly #identity: Identity;
  readonly #now: () => number;
  readonly #keys: IssuerKeys;
  readonly #passed = new Map<string, Remembered>();

  /** `calls` fetches the keys of a `jwksUri`; by default nothing on this machine can be reached. */
  constructor(identity: Identity, now: () => number = Date.now, calls = new OutgoingCalls()) {
    this.#identity = identity;
    this.#now = now;
    this.#keys = new IssuerKeys(identity, calls, () => this.#passed.clear());
  }

  /** Fetches the issuer's keys, so that the first user need not wait for them. Never rejects. */
  async warm(): Promise<void> {
    await this.#keys.refresh(this.#now());
  }

  /** The remembered outcome of a token that passed and is still valid; undefined = call `verify`. */
  peek(token: string): Proof | undefined {
    const digest = digestOf(token);
    const remembered = this.#passed.get(digest);
    if (remembered === undefined) return undefined;
    const now = this.#now();
    this.#keys.keepFresh(now);
    if (now >= remembered.until) {
      this.#passed.delete(digest);
      return undefined;
    }
    // Who was used last is only asked when there is little room left.
    if (this.#passed.size > REMEMBERED / 2) {
      this.#passed.delete(digest);
      this.#passed.set(digest, remembered);
    }
    return remembered.proof;
  }

  /** Never rejects. */
  async verify(token: string): Promise<Verification> {
    if (token.length > LONGEST_TOKEN) return { refused: 'malformed' };
    const now = this.#now();
    this.#keys.keepFresh(now);
    try {
      const { version } = this.#keys;
      const payload = await this.#check(token, (header, jws) => this.#keys.get(now, header, jws));
      return this.#remember(token, payload, version);
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

  /** A token that was checked by keys that have changed meanwhile is not remembered. */
  #remember(token: string, payload: JWTPayload, version: number): Proof {
    const verified: Record<string, Json> = {};
    for (const { attribute, claim } of this.#identity.pairs) {
      const value = claimAt(payload, claim);
      if (value !== undefined) verified[attribute] = value;
    }
    const key = claimAt(payload, this.#identity.targetingKey ?? DEFAULT_TARGETING_CLAIM);
    const proof = { verified, targetingKey: typeof key === 'string' && key !== '' ? key : null };
    if (version !== this.#keys.version) return proof;
    if (this.#passed.size >= REMEMBERED) {
      const [oldest] = this.#passed.keys();
      if (oldest !== undefined) this.#passed.delete(oldest);
    }
    this.#passed.set(digestOf(token), { proof, until: (payload.exp ?? 0) * 1_000 });
    return proof;
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
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
