import { type CustomScalar, Scalar } from '@nestjs/graphql';
import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';

/** Deeper than any document of ours, shallow enough that no walk over it can overflow the stack. */
const MAX_DEPTH = 40;

function checkDepth(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH)
    throw new GraphQLError(`JSON is nested deeper than ${MAX_DEPTH} levels`, {
      extensions: { code: 'TOO_LARGE' },
    });
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) checkDepth(inner, depth + 1);
  return value;
}

function parseLiteral(ast: ValueNode, variables?: Record<string, unknown> | null): unknown {
  if (ast.kind === Kind.NULL) return null;
  return checkDepth(valueFromASTUntyped(ast, variables));
}

/** Any JSON value; parsed further where it is used. */
@Scalar('JSON')
export class JsonScalar implements CustomScalar<unknown, unknown> {
  description = 'Any JSON value.';
  serialize = (value: unknown): unknown => value;
  parseValue = (value: unknown): unknown => checkDepth(value);
  parseLiteral = parseLiteral;
}

/** A condition tree; parsed by the domain, which names the faulty field. */
@Scalar('Condition')
export class ConditionScalar implements CustomScalar<unknown, unknown> {
  description = 'A condition tree; its schema is published in docs/condition.schema.json.';
  serialize = (value: unknown): unknown => value;
  parseValue = (value: unknown): unknown => checkDepth(value);
  parseLiteral = parseLiteral;
}
