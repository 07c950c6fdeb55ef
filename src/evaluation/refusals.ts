import type { ErrorCode } from '../domain/error-code.js';
import { type Answer, refuse, RETRY_AFTER } from './answer.js';

/** Why a request is not served, whatever the route. */
export interface Fault {
  readonly code: ErrorCode;
  readonly details: string;
  /** Whole seconds until it is worth trying again, where that is known. */
  readonly retryAfter?: number;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  TOO_LARGE: 413,
  TOO_MANY_CLIENTS: 429,
  RATE_LIMITED: 429,
  INVALID_INPUT: 400,
  STORE_UNAVAILABLE: 503,
  STORE_LOST: 503,
};

/** The same faults in OpenFeature's words; its clients choke on others. */
const OFREP_CODE: Partial<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'PARSE_ERROR',
  STORE_UNAVAILABLE: 'PROVIDER_NOT_READY',
};

export const UNAUTHENTICATED: Fault = {
  code: 'UNAUTHENTICATED',
  details: 'Send a known server or client token as "Authorization: Bearer …" or "X-API-Key: …".',
};
export const NOT_AN_SDK_TOKEN: Fault = {
  code: 'FORBIDDEN',
  details: 'This token evaluates nothing; use a server or client token of the environment.',
};
export const SERVER_TOKENS_ONLY: Fault = {
  code: 'FORBIDDEN',
  details: 'Snapshots hold whole rules and segments: use a server token. Client tokens evaluate over OFREP.',
};
export const NOT_LOADED: Fault = {
  code: 'STORE_UNAVAILABLE',
  details: 'The environment is not loaded yet. Try again.',
};
export const BEHIND: Fault = {
  code: 'STORE_UNAVAILABLE',
  details:
    'The caller knows more than this replica, and the store is away. Keep what you have and try again.',
};
export const TOO_LARGE: Fault = { code: 'TOO_LARGE', details: 'The body is larger than 1 MiB.' };
export const CROWDED: Fault = {
  code: 'TOO_MANY_CLIENTS',
  details: 'This token brought too many new clients within a minute. Keep one client id per process.',
};
export const TOO_OFTEN: Fault = {
  code: 'RATE_LIMITED',
  details: 'This token asks more often than it may.',
  retryAfter: RETRY_AFTER,
};
export const OURS: Fault = { code: 'GENERAL', details: 'Something failed on our side.' };

/** A fault as Tidegate's own routes tell it. */
export function toRefusal({ code, details, retryAfter }: Fault): Answer {
  return refuse({ status: statusOf(code), code, details, retryAfter: retryAfter ?? usualWait(code) });
}

/** A fault as OFREP tells it; `key` undefined on bulk evaluations. */
export function toOfrepRefusal({ code, details, retryAfter }: Fault, key: string | undefined): Answer {
  const ofrep = OFREP_CODE[code] ?? 'GENERAL';
  return refuse({
    status: statusOf(code),
    code: ofrep,
    details,
    retryAfter: retryAfter ?? usualWait(code),
    key,
  });
}

function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 500;
}

function usualWait(code: ErrorCode): number | undefined {
  return statusOf(code) === 503 ? RETRY_AFTER : undefined;
}
