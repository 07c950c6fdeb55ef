import { literal } from './literal.js';
import { textOperator } from './text-operator.js';

export const startsWith = textOperator((text, run) => `${literal(text)}${run}`);
