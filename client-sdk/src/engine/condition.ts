import type { AttributePath } from './context.js';
import type { Json } from './json.js';

/** Operators that test one attribute. `inSegment` stands apart: it names a segment and no attribute. */
export const ATTRIBUTE_OPERATORS = [
  'equals',
  'in',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'less',
  'lessOrEqual',
  'greater',
  'greaterOrEqual',
  'semverEquals',
  'semverLess',
  'semverGreater',
  'before',
  'after',
  'exists',
] as const;

export type AttributeOperator = (typeof ATTRIBUTE_OPERATORS)[number];

/**
 * One attribute against one operand. Types are never coerced: a mismatch is no match. Where the attribute is a list,
 * any element may match.
 */
export interface AttributeTest {
  readonly attribute: AttributePath;
  readonly operator: AttributeOperator;
  readonly value: Json;
}

/** True for members of the named segment. An unknown segment has no members. */
export interface SegmentTest {
  readonly operator: 'inSegment';
  readonly value: string;
}

export interface AllOf {
  readonly all: readonly Condition[];
}
export interface AnyOf {
  readonly any: readonly Condition[];
}
export interface NotOf {
  readonly not: Condition;
}

/** A condition tree. `{ all: [] }` matches everybody, `{ any: [] }` nobody. */
export type Condition = AllOf | AnyOf | NotOf | SegmentTest | AttributeTest;
