import type { AttributeOperator } from '@tidegate/sdk/engine';
import { after } from './after.js';
import { before } from './before.js';
import { contains } from './contains.js';
import { endsWith } from './ends-with.js';
import { equals } from './equals.js';
import { exists } from './exists.js';
import { greaterOrEqual } from './greater-or-equal.js';
import { greater } from './greater.js';
import { isIn } from './in.js';
import { lessOrEqual } from './less-or-equal.js';
import { less } from './less.js';
import { matches } from './matches.js';
import type { Operator } from './operator.js';
import { semverEquals } from './semver-equals.js';
import { semverGreater } from './semver-greater.js';
import { semverLess } from './semver-less.js';
import { startsWith } from './starts-with.js';

/** Every operator that tests an attribute. */
export const OPERATORS: { readonly [name in AttributeOperator]: Operator } = {
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
  exists,
};
