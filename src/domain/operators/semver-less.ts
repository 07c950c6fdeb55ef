import { meshlessOperator } from './meshless-operator.js';
import { NO_VERSIONS, semverOperand } from './semver-operand.js';

export const semverLess = meshlessOperator(semverOperand, NO_VERSIONS);
