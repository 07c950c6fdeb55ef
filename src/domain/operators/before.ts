import { NO_TIMES, instantOperand } from './instant-operand.js';
import { meshlessOperator } from './meshless-operator.js';

export const before = meshlessOperator(instantOperand, NO_TIMES);
