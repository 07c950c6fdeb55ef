import { meshlessOperator } from './meshless-operator.js';
import { NO_VERSIONS, semverOperand } from './semver-operand.js';

export const semverEquals = meshlessOperator(semverOperand, NO_VERSIONS);
