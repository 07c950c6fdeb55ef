import type { EvaluationContext } from './context.js';
import type { Json } from './json.js';
import { scalarsOf } from './operators/in.js';

type Test = (context: EvaluationContext) => boolean;

/** What a test needs: the attribute's name, the operand, and the test that knows of lists. */
interface Asked<T> {
  readonly name: string;
  readonly operand: T;
  readonly ofList: Test;
}

/**
 * The commonest tests in one function each, where `attributeTest` calls a second one: the time is in such calls. They
 * answer as it does: read first, ask only of a match whether the property is the object's own, hand lists over.
 */
function endsWith({ name, operand, ofList }: Asked<string>): Test {
  return (context) => {
    try {
      const value = context[name];
      if (typeof value === 'string') return value.endsWith(operand) && Object.hasOwn(context, name);
      return typeof value === 'object' && ofList(context);
    } catch {
      return false;
    }
  };
}

function startsWith({ name, operand, ofList }: Asked<string>): Test {
  return (context) => {
    try {
      const value = context[name];
      if (typeof value === 'string') return value.startsWith(operand) && Object.hasOwn(context, name);
      return typeof value === 'object' && ofList(context);
    } catch {
      return false;
    }
  };
}

function contains({ name, operand, ofList }: Asked<string>): Test {
  return (context) => {
    try {
      const value = context[name];
      if (typeof value === 'string') return value.includes(operand) && Object.hasOwn(context, name);
      return typeof value === 'object' && ofList(context);
    } catch {
      return false;
    }
  };
}

function equals({ name, operand, ofList }: Asked<unknown>): Test {
  return (context) => {
    try {
      const value = context[name];
      if (value === operand) return Object.hasOwn(context, name);
      return typeof value === 'object' && ofList(context);
    } catch {
      return false;
    }
  };
}

/** Of at most four values, the last one repeated. */
function isOneOf({ name, operand, ofList }: Asked<readonly unknown[]>): Test {
  const last = operand.at(-1);
  const [a = last, b = last, c = last, d = last] = operand;
  return (context) => {
    try {
      const value = context[name];
      if (value === a || value === b || value === c || value === d) return Object.hasOwn(context, name);
      return typeof value === 'object' && ofList(context);
    } catch {
      return false;
    }
  };
}

type Make<T> = (asked: Asked<T>) => Test;

const TEXT_TESTS = new Map<string, Make<string>>(Object.entries({ endsWith, startsWith, contains }));

/** The test of one attribute in one function; null for an operator or operand that has none, which `ofList` tests too. */
export function ownTest(name: string, operator: string, operand: Json, ofList: Test): Test | null {
  const ofText = TEXT_TESTS.get(operator);
  if (ofText !== undefined) return typeof operand === 'string' ? ofText({ name, operand, ofList }) : null;
  if (operator === 'equals') return equalityTest(name, [operand], ofList);
  return operator === 'in' && Array.isArray(operand) ? equalityTest(name, operand, ofList) : null;
}

function equalityTest(name: string, listed: readonly Json[], ofList: Test): Test | null {
  const values = scalarsOf(listed);
  if (values.length === 1) return equals({ name, operand: values[0], ofList });
  return values.length > 1 && values.length <= 4 ? isOneOf({ name, operand: values, ofList }) : null;
}
