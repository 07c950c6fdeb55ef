import { ClientError } from './client-error.js';

/** What Node says of a connection that broke or was never made, in words. */
export function breakOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' ? `The connection broke (${code}).` : 'The connection broke.';
}

/** What an answer of another status than hoped for means. */
export function refusalOf(status: number): ClientError {
  if (status === 401) return new ClientError('UNAUTHENTICATED', 'The server does not know this key.');
  if (status === 403) {
    return new ClientError('FORBIDDEN', 'The server refuses this key; a server token is needed.');
  }
  if (status === 503 || status === 429 || status === 502 || status === 504) {
    return new ClientError('UNAVAILABLE', `The server is not ready (${status}).`);
  }
  return new ClientError('PROTOCOL', `The server answered ${status}; is the url that of Tidegate?`);
}
