import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { ERROR_CODES, type ErrorCode } from '../domain/error-code.js';
import { Problem } from '../domain/problem.js';
import { membersFor } from './enum-members.js';
import { HTTP_STATUS } from './error-table.js';
import { requestFault } from './request-fault.js';

/** What mercurius hands over: the result of an execution, or why a request was not executed. */
export interface Execution {
  readonly data?: unknown;
  readonly errors?: readonly Fault[];
}

/** Where it hands it over: what is asked, and of which schema. */
interface Asked {
  readonly app?: { readonly graphql?: { readonly schema: GraphQLSchema } };
}

type Fault = Error & { readonly originalError?: unknown; readonly errors?: unknown; readonly code?: unknown };

const OURS = 'Something went wrong on our side; the log has more.';
const AWAY =
  "The store can't be used now. A write may or may not have happened: send it again with the same idempotency key.";
const LONGEST_MESSAGE = 1_000;
const log = new Logger('GraphQL');

/**
 * Turns errors into answers: a stable `extensions.code` on each, our own words for our own problems, and nothing of the
 * inside for what we did not expect, which is logged. A request that was executed is 200; one that was not has the
 * status of its first error.
 */
export function formatErrors(
  execution: Execution,
  { app }: Asked = {},
): {
  statusCode: number;
  response: { data: unknown; errors: GraphQLFormattedError[] };
} {
  const errors = (execution.errors ?? [])
    .flatMap(unwrap)
    .map((error) => present(error, app?.graphql?.schema));
  const [first] = errors;
  const executed =
    first === undefined || execution.data != null || errors.some(({ path }) => path !== undefined);
  return {
    statusCode: executed ? 200 : (statusOf(execution) ?? HTTP_STATUS[first.extensions.code]),
    response: { data: execution.data ?? null, errors },
  };
}

/** Mercurius wraps the errors of validation in one that says nothing. */
function unwrap(error: Fault): Fault[] {
  const { code, errors } = (error.originalError ?? error) as Fault;
  return code === 'MER_ERR_GQL_VALIDATION' && Array.isArray(errors) ? (errors as Fault[]) : [error];
}

/** What HTTP itself has against the request, such as its method or content type; the codes say the rest. */
function statusOf({ errors = [] }: Execution): number | undefined {
  const status = requestFault(errors[0]?.originalError ?? errors[0])?.status;
  return status === 400 ? undefined : status;
}

type Presented = GraphQLFormattedError & { readonly extensions: { readonly code: ErrorCode } };

function present(error: Fault, schema: GraphQLSchema | undefined): Presented {
  const where = error instanceof GraphQLError ? { locations: error.locations, path: error.path } : {};
  const problem = problemOf(error);
  if (problem !== null && problem.code !== 'GENERAL') {
    const { code, field = null } = problem;
    return { message: wordsOf(problem), ...where, extensions: { code, field } };
  }
  const said = queryFault(error) ?? requestFault(error.originalError ?? error);
  if (said !== null) {
    const members = schema === undefined ? '' : membersFor(said.message, schema);
    return { message: cut(said.message) + members, ...where, extensions: { code: said.code } };
  }
  const cause = error.originalError instanceof Error ? error.originalError : error;
  log.error(cause.message, cause.stack);
  return { message: OURS, ...where, extensions: { code: 'GENERAL' } };
}

/** What is wrong with variables is told with the variables around it, however large. */
function cut(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)} …`;
}

/** The store's own words name hosts and commands: they are for the log. */
function wordsOf(problem: Problem): string {
  if (problem.code !== 'STORE_UNAVAILABLE') return problem.message;
  log.warn(problem.message);
  return AWAY;
}

function problemOf(error: Fault): Problem | null {
  if (error instanceof Problem) return error;
  return error.originalError instanceof Problem ? error.originalError : null;
}

/** Syntax, validation, coercion of variables, limits. What has a path fell out of a resolver, and is none of these. */
function queryFault(error: Fault): { readonly message: string; readonly code: ErrorCode } | null {
  const given = (error as Partial<GraphQLError>).extensions?.['code'];
  const code = ERROR_CODES.find((known) => known === given);
  if (code !== undefined) return { message: error.message, code };
  if (!isOfGraphql(error) || (error as GraphQLError).path !== undefined) return null;
  const large = error.message.endsWith('tokens. Parsing aborted.');
  return { message: error.message, code: large ? 'TOO_LARGE' : 'INVALID_INPUT' };
}

/** A GraphQLError that wraps nothing but another one. */
function isOfGraphql(error: Fault): boolean {
  if (!(error instanceof GraphQLError)) return false;
  return error.originalError === undefined || isOfGraphql(error.originalError);
}
