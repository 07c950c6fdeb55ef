import type { Json } from '@tidegate/sdk/engine';
import type { z } from 'zod';
import type { ClaimTextMatch, MeshForm, Operator } from './operator.js';
import type { RequestPart } from './request-part.js';

function formOf(values: readonly Json[], part?: RequestPart): MeshForm<ClaimTextMatch> {
  const anyOf: ClaimTextMatch[] = [];
  for (const value of values) {
    if (typeof value !== 'string') return { reason: 'of anything but text' };
    if (value === '') return { reason: 'of the empty text' };
    if (part !== undefined && !part.holds(value)) return { reason: part.unfit };
    anyOf.push({ kind: 'exact', value });
  }
  return { anyOf };
}

/** An operator that asks for one of the texts that `values` reads from the operand. */
export function exactOperator(
  operand: z.ZodType<Json>,
  values: (operand: Json) => readonly Json[],
): Operator {
  return {
    operand,
    headerForm: (value) => formOf(values(value)),
    claimForm: (value) => formOf(values(value)),
    partForm: (value, part) => formOf(values(value), part),
  };
}
