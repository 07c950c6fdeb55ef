import { ATTRIBUTE_OPERATORS } from '@tidegate/sdk/engine';
import type { Condition } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { isReservedName } from './key.js';
import { OPERATORS } from './operators/all.js';
import { inSegmentSchema } from './operators/in-segment.js';

/** Levels of a condition tree, a single test being one. */
export const DEEPEST_CONDITION = 10;
/** Groups and tests of a condition tree. */
export const LARGEST_CONDITION = 200;

/** Path to an attribute: one to eight names of at most 200 characters, none of JavaScript's own property names. */
export const attributePathSchema = z
  .array(
    z
      .string()
      .min(1, 'must not be empty')
      .max(200)
      .refine((name) => !isReservedName(name), 'is a reserved name'),
  )
  .min(1, 'must name an attribute')
  .max(8);

const tests = ATTRIBUTE_OPERATORS.map((name) =>
  z.strictObject({
    attribute: attributePathSchema,
    operator: z.literal(name),
    value: OPERATORS[name].operand,
  }),
);
const OPERATOR_NAMES = ['inSegment', ...ATTRIBUTE_OPERATORS].join(', ');
const test = z.discriminatedUnion('operator', [inSegmentSchema, ...tests], {
  error: ({ code }) => (code === 'invalid_union' ? `must be one of ${OPERATOR_NAMES}` : undefined),
});

const node: z.ZodType<Condition> = z.lazy(() => z.union([all, any, not, test]));
const all = z.strictObject({ all: z.array(node).max(LARGEST_CONDITION) });
const any = z.strictObject({ any: z.array(node).max(LARGEST_CONDITION) });
const not = z.strictObject({ not: node });

/** The conditions just below this one. */
export function childrenOf(condition: Condition): readonly Condition[] {
  if ('all' in condition) return condition.all;
  if ('any' in condition) return condition.any;
  return 'not' in condition ? [condition.not] : [];
}

function sizeOf(condition: Condition): { depth: number; nodes: number } {
  let depth = 0;
  let nodes = 1;
  for (const child of childrenOf(condition)) {
    const size = sizeOf(child);
    depth = Math.max(depth, size.depth);
    nodes += size.nodes;
  }
  return { depth: depth + 1, nodes };
}

/**
 * A condition tree: `{ all: […] }`, `{ any: […] }`, `{ not: … }`, `{ operator: 'inSegment', value }` or
 * `{ attribute, operator, value }`; unknown fields are refused. Issues carry `params.code` where it is not INVALID_INPUT:
 * TOO_LARGE for more than 10 levels or 200 nodes, UNSAFE_PATTERN for a pattern that can't be used.
 */
export const conditionSchema: z.ZodType<Condition> = node.superRefine((condition, context) => {
  const { depth, nodes } = sizeOf(condition);
  if (depth <= DEEPEST_CONDITION && nodes <= LARGEST_CONDITION) return;
  context.addIssue({
    code: 'custom',
    message: `has ${depth} levels and ${nodes} parts; at most ${DEEPEST_CONDITION} and ${LARGEST_CONDITION}: move parts of it into segments`,
    params: { code: 'TOO_LARGE' },
  });
});
