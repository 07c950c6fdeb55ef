import { Problem } from '../domain/problem.js';
import { withRightsNamed } from './missing-rights.js';
import { Refusal } from './refusal.js';

/** The status of an answer that was no success, or null where the error is none. */
export function statusOf(error: unknown): number | null {
  return error instanceof Refusal ? error.status : null;
}

function wordsOf({ status, body }: Refusal): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string' && message !== '') return withRightsNamed(message);
  } catch {
    // Not a Status: a proxy in between answered.
  }
  return `the answer was ${status}`;
}

/** Why there was no answer, in a few words. */
function causeOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError') return 'there was no answer in time';
  // A host with several addresses: each has failed, and the error about all of them says nothing.
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

/** What went wrong, for a log: the server's words, or why there were none. */
export function failureText(error: unknown): string {
  return error instanceof Refusal ? `${error.status}: ${wordsOf(error)}` : causeOf(error);
}

/**
 * MESH_REFUSED with the words of the API server or its webhook, or MESH_UNAVAILABLE where there was no answer, or one
 * that may be another in a moment (429, 5xx). Problems pass unchanged.
 */
export function clusterFailure(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof Refusal)) {
    const message = `The API server can't be reached: ${causeOf(error)}.`;
    return new Problem('MESH_UNAVAILABLE', message, { cause: error });
  }
  const passing = error.status === 429 || error.status >= 500;
  return new Problem(
    passing ? 'MESH_UNAVAILABLE' : 'MESH_REFUSED',
    `The API server ${passing ? 'failed' : 'refused'}: ${wordsOf(error)}`,
    { cause: error },
  );
}
