import type { ErrorCode } from './error-code.js';

/** Codes of failures that no change of the input mends: thrown, never listed as `userErrors`. */
const BEYOND_THE_CALLER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'STORE_UNAVAILABLE',
  'STORE_LOST',
  'STORE_LOCKED',
  'STORE_LAYOUT',
  'STORE_SETTINGS',
  'STALE_LEASE',
  'CONFIG_INVALID',
  'GENERAL',
]);

/** Whether the caller can mend it, so that it belongs into `userErrors`. */
export function isMendable(code: ErrorCode): boolean {
  return !BEYOND_THE_CALLER.has(code);
}
