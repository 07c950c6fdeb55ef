import type { Json } from '@tidegate/sdk/engine';
import type { z } from 'zod';
import type { Operator } from './operator.js';

/** An operator that the mesh can't ask, for a reason that does not depend on the operand. */
export function meshlessOperator(operand: z.ZodType<Json>, reason: string): Operator {
  const form = (): { reason: string } => ({ reason });
  return { operand, headerForm: form, partForm: form, claimForm: form };
}
