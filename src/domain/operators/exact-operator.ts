import type { Json } from '@tidegate/sdk/engine';
import type { z } from 'zod';
import { isCookieText, literal } from './literal.js';
import type { MeshForm, Operator, TextMatch } from './operator.js';

function formOf<T extends TextMatch>(
  values: readonly Json[],
  match: (text: string) => T | null,
): MeshForm<T> {
  const anyOf: T[] = [];
  for (const value of values) {
    if (typeof value !== 'string') return { reason: 'of anything but text' };
    if (value === '') return { reason: 'of the empty text' };
    const one = match(value);
    if (one === null) return { reason: 'of a text that a cookie can hold only encoded' };
    anyOf.push(one);
  }
  return { anyOf };
}

/** An operator that asks for one of the texts that `values` reads from the operand. */
export function exactOperator(
  operand: z.ZodType<Json>,
  values: (operand: Json) => readonly Json[],
): Operator {
  const exact = (value: string): { kind: 'exact'; value: string } => ({ kind: 'exact', value });
  return {
    operand,
    headerForm: (value) => formOf(values(value), exact),
    claimForm: (value) => formOf(values(value), exact),
    cookieForm: (value) =>
      formOf(values(value), (text) => (isCookieText(text) ? { kind: 'regex', value: literal(text) } : null)),
  };
}
