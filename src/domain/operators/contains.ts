import { literal } from './literal.js';
import { textOperator } from './text-operator.js';

export const contains = textOperator((text, run) => `${run}${literal(text)}${run}`);
