import { z } from 'zod';
import type { Operator } from './operator.js';

const PRESENT = { kind: 'present' } as const;

export const exists: Operator = {
  operand: z.boolean('must be true (has a value) or false (has none)'),
  headerForm: (value) => (value === true ? { anyOf: [PRESENT] } : { noneOf: [PRESENT] }),
  partForm: (value) => (value === true ? { anyOf: [PRESENT] } : { noneOf: [PRESENT] }),
  claimForm: () => ({ reason: 'because it asks what a claim says, never whether there is one' }),
};
