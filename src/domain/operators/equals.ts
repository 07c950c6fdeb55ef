import { z } from 'zod';
import { exactOperator } from './exact-operator.js';

/** A text of at most 2,000 characters, a number or a boolean. */
export const scalarOperand = z.union(
  [z.string().max(2_000), z.number(), z.boolean()],
  'must be text of at most 2,000 characters, a number, true or false',
);

export const equals = exactOperator(scalarOperand, (value) => [value]);
