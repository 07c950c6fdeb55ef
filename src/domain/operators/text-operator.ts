import type { Json } from '@tidegate/sdk/engine';
import { z } from 'zod';
import type { ClaimTextMatch, MeshForm, Operator } from './operator.js';

/** Longest text that an operand may be. */
const LONGEST_TEXT = 500;

/** Any text but none. */
export const textOperand = z
  .string('must be text')
  .min(1, 'must not be empty; use "exists" to ask whether there is a value')
  .max(LONGEST_TEXT);

/** The text that an operand is; only asked of those that `textOperand` accepted. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : '';
}

const ANY_RUN = '.*';

/** An operator on one text: `pattern` gives the whole-text RE2 pattern for it, with `run` for any run of text. */
export function textOperator(pattern: (text: string, run: string) => string): Operator {
  const form = (value: Json, run = ANY_RUN): MeshForm<ClaimTextMatch> => ({
    anyOf: [{ kind: 'regex', value: pattern(textOf(value), run) }],
  });
  return {
    operand: textOperand,
    headerForm: (value) => form(value),
    claimForm: (value) => form(value),
    partForm: (value, { run, holds, unfit }) => (holds(textOf(value)) ? form(value, run) : { reason: unfit }),
  };
}
