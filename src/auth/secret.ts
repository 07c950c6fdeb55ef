import { createHash, randomBytes } from 'node:crypto';

/** SHA-256 (hex) of a token: all that is kept of it. 32 random bytes need no slow hash. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A new token: `tg_<kind>_` and 32 random bytes in base64url. */
export function makeSecret(kind: string): string {
  return `tg_${kind}_${randomBytes(32).toString('base64url')}`;
}
