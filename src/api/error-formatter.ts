import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Problem } from '../domain/problem.js';

interface Execution {
  readonly data?: unknown;
  readonly errors?: readonly (Error & { readonly originalError?: unknown; readonly statusCode?: number })[];
}

/**
 * Turns an execution's errors into answers: a stable `extensions.code` on each, our own words for our own problems, and
 * nothing of the inside for what we did not expect.
 */
export function formatErrors(execution: Execution): {
  statusCode: number;
  response: { data: unknown; errors: GraphQLFormattedError[] };
} {
  const errors = (execution.errors ?? []).flatMap(unwrap).map(present);
  return { statusCode: 200, response: { data: execution.data ?? null, errors } };
}

/** Mercurius wraps validation and depth errors in one that says nothing. */
function unwrap(error: Error & { readonly originalError?: unknown }): Error[] {
  const inner =
    (error.originalError as { errors?: unknown } | undefined)?.errors ??
    (error as { errors?: unknown }).errors;
  return !(error instanceof Problem) && !(error.originalError instanceof Problem) && Array.isArray(inner)
    ? (inner as Error[])
    : [error];
}

function present(
  error: Error & { readonly originalError?: unknown; readonly code?: unknown },
): GraphQLFormattedError {
  const problem =
    error instanceof Problem ? error : error.originalError instanceof Problem ? error.originalError : null;
  const where = error instanceof GraphQLError ? { locations: error.locations, path: error.path } : {};
  if (problem !== null) {
    return {
      message: problem.message,
      ...where,
      extensions: { code: problem.code, field: problem.field ?? null },
    };
  }
  if (isCallersFault(error)) return { message: error.message, ...where, extensions: { code: codeOf(error) } };
  return {
    message: 'Something went wrong on our side; the log has more.',
    ...where,
    extensions: { code: 'GENERAL' },
  };
}

/** Syntax, validation, coercion and limits: errors of the query itself, which name nothing of ours. */
function isCallersFault(
  error: Error & { readonly originalError?: unknown; readonly code?: unknown },
): boolean {
  if (typeof error.code === 'string' && error.code.startsWith('MER_')) return true;
  return (
    error instanceof GraphQLError &&
    (error.originalError === undefined || error.originalError instanceof GraphQLError)
  );
}

function codeOf(error: Error): string {
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  if (typeof code === 'string') return code;
  return /depth|token limit|too large/i.test(error.message) ? 'TOO_LARGE' : 'INVALID_INPUT';
}
