import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  parse,
  type SubscriptionArgs,
  validate,
} from 'graphql';
import { Problem } from '../../domain/problem.js';
import { MAX_TOKENS } from '../max-tokens.js';
import { checkLimits, QUERY_LIMITS } from '../query-limits.js';
import { checkNesting } from '../query-nesting.js';
import { checkBreadth } from '../variables-breadth.js';

/** What a client asks for, of any form. */
export interface SubscriptionRequest {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

/** What graphql needs to subscribe, but the context; or what is wrong with the request. */
export type Prepared = SubscriptionArgs | readonly Error[];

/**
 * Parses, limits and validates a request as the query and mutation edge does. Errors: INVALID_INPUT, TOO_LARGE,
 * QUERY_TOO_COMPLEX.
 */
export function prepareSubscription(schema: GraphQLSchema, request: SubscriptionRequest): Prepared {
  const { query, variables, operationName } = request;
  if (typeof query !== 'string') return [invalid('Send a `query`.')];
  if (!isObject(variables ?? {})) return [invalid('`variables` is an object.')];
  if (operationName != null && typeof operationName !== 'string')
    return [invalid('`operationName` is a text.')];
  try {
    checkBreadth(variables);
    checkNesting(query);
    const document = parse(query, { maxTokens: MAX_TOKENS });
    checkLimits(schema, document, QUERY_LIMITS);
    const faults = faultsOf(schema, document, operationName ?? undefined);
    if (faults.length > 0) return faults;
    return {
      schema,
      document,
      variableValues: variables as SubscriptionArgs['variableValues'],
      operationName,
    };
  } catch (error) {
    return [error as Error];
  }
}

function faultsOf(schema: GraphQLSchema, document: DocumentNode, name?: string): readonly Error[] {
  const faults = validate(schema, document);
  if (faults.length > 0) return faults;
  const operation = getOperationAST(document, name);
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return [];
  return [invalid('Only a subscription goes here; send queries and mutations to POST /graphql.')];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): Error {
  return new GraphQLError(message, { extensions: { code: 'INVALID_INPUT' } });
}

export function isPrepared(prepared: Prepared): prepared is SubscriptionArgs {
  return !Array.isArray(prepared);
}

/** Refuses a document that subscribes where nothing can follow its first answer. INVALID_INPUT. */
export function refuseSubscriptions({ definitions }: DocumentNode): void {
  for (const definition of definitions)
    if (
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION
    )
      throw new Problem(
        'INVALID_INPUT',
        'Subscribe over WebSocket (graphql-transport-ws), or at /graphql/stream.',
        { field: 'query' },
      );
}
