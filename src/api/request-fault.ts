import type { ErrorCode } from '../domain/error-code.js';
import { UnreadableBody } from './json-bodies.js';

/** Why a request can't be read, with the HTTP status that says so. */
export interface RequestFault {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * What the HTTP layer (body too large, no JSON, wrong content type) or mercurius (GET for a mutation) has
 * against a request; null for anything that is not the caller's fault.
 */
export function requestFault(error: unknown): RequestFault | null {
  if (!(error instanceof Error)) return null;
  const { statusCode: status, message } = error as Error & { readonly statusCode?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  if (error instanceof UnreadableBody && error.reserved) return { status, code: 'RESERVED_NAME', message };
  return { status, code: CODES.get(status) ?? 'INVALID_INPUT', message };
}

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [404, 'NOT_FOUND'],
  [413, 'TOO_LARGE'],
]);
