import { meshlessOperator } from './meshless-operator.js';
import { NO_NUMBERS, numberOperand } from './number-operand.js';

export const less = meshlessOperator(numberOperand, NO_NUMBERS);
