import type { AttributeOperator } from './condition.js';
import type { Json } from './json.js';
import { after } from './operators/after.js';
import { before } from './operators/before.js';
import { contains } from './operators/contains.js';
import { endsWith } from './operators/ends-with.js';
import { equals } from './operators/equals.js';
import { exists } from './operators/exists.js';
import { greaterOrEqual } from './operators/greater-or-equal.js';
import { greater } from './operators/greater.js';
import { isIn } from './operators/in.js';
import { lessOrEqual } from './operators/less-or-equal.js';
import { less } from './operators/less.js';
import { matches } from './operators/matches.js';
import type { Predicate } from './operators/predicate.js';
import { semverEquals } from './operators/semver-equals.js';
import { semverGreater } from './operators/semver-greater.js';
import { semverLess } from './operators/semver-less.js';
import { startsWith } from './operators/starts-with.js';

type Operator = (operand: Json) => Predicate;

/** Operators asked of one scalar, or of each element of a list. Their predicates are false for undefined. */
export const SCALAR_OPERATORS: { readonly [operator in Exclude<AttributeOperator, 'exists'>]: Operator } = {
  equals,
  in: isIn,
  contains,
  startsWith,
  endsWith,
  matches,
  less,
  lessOrEqual,
  greater,
  greaterOrEqual,
  semverEquals,
  semverLess,
  semverGreater,
  before,
  after,
};

/** Operators asked of the attribute as a whole, also when it is missing. */
export const WHOLE_OPERATORS: { readonly exists: Operator } = { exists };
