import { Problem } from '../../../domain/problem.js';

/** The API server's refusal, as far as it can be told from the outside: the client library is loaded late. */
interface Refusal {
  readonly code: number;
  /** A Kubernetes Status as JSON text. */
  readonly body: unknown;
}

function refusalOf(error: unknown): Refusal | null {
  const { code, body } = (error ?? {}) as Partial<Refusal>;
  // A DOMException has a numeric code too, and no body.
  const isAnswer = typeof code === 'number' && Object.hasOwn(Object(error) as object, 'body');
  return isAnswer ? { code, body } : null;
}

/** The status of an answer that the client library threw, or null where there was none. */
export function statusOf(error: unknown): number | null {
  return refusalOf(error)?.code ?? null;
}

function wordsOf({ code, body }: Refusal): string {
  try {
    const { message } = JSON.parse(String(body)) as { message?: unknown };
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // Not a Status: a proxy in between answered.
  }
  return `the answer was ${code}`;
}

function causeOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError') return 'there was no answer in time';
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

/**
 * MESH_REFUSED with the words of the API server or its webhook, or MESH_UNAVAILABLE where there was no answer, or one
 * that may be another in a moment (429, 5xx). Problems pass unchanged.
 */
export function clusterFailure(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const refusal = refusalOf(error);
  if (refusal === null) {
    const message = `The API server can't be reached: ${causeOf(error)}.`;
    return new Problem('MESH_UNAVAILABLE', message, { cause: error });
  }
  const passing = refusal.code === 429 || refusal.code >= 500;
  return new Problem(
    passing ? 'MESH_UNAVAILABLE' : 'MESH_REFUSED',
    `The API server ${passing ? 'failed' : 'refused'}: ${wordsOf(refusal)}`,
    { cause: error },
  );
}
