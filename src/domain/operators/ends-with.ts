import { literal } from './literal.js';
import { textOperator } from './text-operator.js';

export const endsWith = textOperator((text, run) => `${run}${literal(text)}`);
