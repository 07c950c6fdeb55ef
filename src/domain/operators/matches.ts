import type { Json } from '@tidegate/sdk/engine';
import { z } from 'zod';
import { LONGEST_PATTERN, patternFault } from '../pattern/pattern-fault.js';
import type { ClaimTextMatch, MeshForm, Operator } from './operator.js';
import { textOf } from './text-operator.js';

const operand = z
  .string('must be a regular expression as text')
  .min(1, 'must not be empty; use "exists" to ask whether there is a value')
  .max(LONGEST_PATTERN)
  .superRefine((pattern, context) => {
    const message = patternFault(pattern);
    if (message !== null) context.addIssue({ code: 'custom', message, params: { code: 'UNSAFE_PATTERN' } });
  });

function form(value: Json): MeshForm<ClaimTextMatch> {
  return { anyOf: [{ kind: 'regex', value: `.*(?:${textOf(value)}).*` }] };
}

export const matches: Operator = {
  operand,
  headerForm: form,
  claimForm: form,
  partForm: (value, { patternless }) => (patternless === null ? form(value) : { reason: patternless }),
};
