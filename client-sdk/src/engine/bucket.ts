import { absorb, hashAfter } from './murmur3.js';
import type { HashState } from './murmur3.js';

/** The part of a bucket's hash that depends on the salt alone; made once per split. */
export function saltState(salt: string): HashState {
  return absorb(`${salt}:`);
}

/** Bucket of `key` after a prepared salt: an integer in [0, total). Exact: the product stays below 2^53. */
export function bucketAfter(salt: HashState, key: string, total: number): number {
  return (((hashAfter(salt, key) >>> 0) * total) / 0x1_0000_0000) | 0;
}

/** The lowest unsigned hash whose bucket isn't below `limit`; exact, as the product stays below 2^53. */
export function firstHashOf(limit: number, total: number): number {
  return Math.ceil((Math.ceil(limit) * 0x1_0000_0000) / total);
}

/**
 * Position of `key` among `total` equal buckets (1 … 2^20): `floor(murmur3_32(utf8(salt + ":" + key)) × total / 2^32)`,
 * an integer in [0, total). The same formula as flagd's integer `fractional` over `cat(salt, ":", key)`.
 */
export function bucket(salt: string, key: string, total: number): number {
  return bucketAfter(saltState(salt), key, total);
}
