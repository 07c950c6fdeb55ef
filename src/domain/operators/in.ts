import { z } from 'zod';
import { scalarOperand } from './equals.js';
import { exactOperator } from './exact-operator.js';

const operand = z
  .array(scalarOperand, 'must be a list of texts, numbers or booleans')
  .min(1, 'must name at least one value')
  .max(1_000);

export const isIn = exactOperator(operand, (value) => (Array.isArray(value) ? value : []));
