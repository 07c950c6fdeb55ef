import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

export interface TokenOptions {
  /** Seconds until it expires; negative for a token that already has. */
  expiresIn?: number;
  issuer?: string;
  audience?: string;
  /** `foreign` signs with a key nobody has published, under the published key's id. */
  key?: 'own' | 'foreign';
  algorithm?: 'RS256' | 'none';
}

/** An identity provider: publishes a key set, and signs tokens both right and wrong. */
export class Issuer {
  readonly #own = newKey();
  readonly #foreign = newKey();
  readonly #keyId: string;

  constructor(
    readonly issuer: string,
    readonly audience: string,
  ) {
    this.#keyId = `key-of-${new URL(issuer).hostname}`;
  }

  /** The public keys, as a JSON Web Key Set. */
  get jwks(): { keys: JsonWebKey[] } {
    const { kty, n, e } = this.#own.export({ format: 'jwk' });
    return { keys: [{ kty, n, e, kid: this.#keyId, alg: 'RS256', use: 'sig' }] };
  }

  /** A signed token with these claims; the options make it expired, foreign or unsigned. */
  token(claims: Record<string, unknown>, options: TokenOptions = {}): string {
    const { expiresIn = 3600, issuer = this.issuer, audience = this.audience, algorithm = 'RS256' } = options;
    const now = Math.floor(Date.now() / 1000);
    const header = { alg: algorithm, typ: 'JWT', ...(algorithm === 'none' ? {} : { kid: this.#keyId }) };
    const payload = { iss: issuer, aud: audience, iat: now, exp: now + expiresIn, ...claims };
    const content = `${encode(header)}.${encode(payload)}`;
    if (algorithm === 'none') return `${content}.`;
    const key = options.key === 'foreign' ? this.#foreign : this.#own;
    return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
  }

  /** The same token as a request header. */
  authorization(claims: Record<string, unknown>, options?: TokenOptions): { authorization: string } {
    return { authorization: `Bearer ${this.token(claims, options)}` };
  }

  /** The entry that makes a RequestAuthentication trust this issuer; the keys stand in it, so nothing is fetched. */
  get jwtRule(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      audiences: [this.audience],
      jwks: JSON.stringify(this.jwks),
      forwardOriginalToken: true,
    };
  }
}

function newKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
