import { attributeTest, readAttribute } from './attribute.js';
import type { AttributeTest, Condition, SegmentTest } from './condition.js';
import type { AttributePath, EvaluationContext } from './context.js';
import { intern } from './intern.js';
import { SCALAR_OPERATORS, WHOLE_OPERATORS } from './operator-table.js';
import { inSegment } from './operators/in-segment.js';
import { ownTest } from './own-test.js';

export type Test = (context: EvaluationContext) => boolean;

/** A condition as closures. Evaluation calls `test`; a trace walks `children` and calls theirs. */
export interface CompiledCondition {
  readonly source: Condition;
  readonly test: Test;
  readonly children: readonly CompiledCondition[];
  /** Whom an `inSegment` names; undefined for an unknown segment and for all other conditions. */
  readonly audience: Audience | undefined;
}

/** A segment as conditions see it. */
export interface Audience {
  readonly rules: readonly CompiledCondition[];
  readonly hasMember: Test;
  /** The list that holds the context's targeting key; included wins over excluded. */
  listing(context: EvaluationContext): 'included' | 'excluded' | null;
  /** Whether the context brings the membership along; then neither lists nor rules can take it away. */
  isCarried(context: EvaluationContext): boolean;
}

/** Finds the compiled segment of a key; undefined where there is none. Throws for one that can't be evaluated. */
export type SegmentLookup = (key: string) => Audience | undefined;

/** `{ any: [] }`. */
export const nobody: Test = () => false;

/** `{ all: [] }`. */
export const everybody: Test = () => true;

/** Whether all hold. */
export function testAll(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return everybody;
  if (second === undefined) return first;
  if (tests.length === 2) return (context) => first(context) && second(context);
  return (context) => {
    for (let index = 0; index < tests.length; index++) if (!(tests[index] as Test)(context)) return false;
    return true;
  };
}

/** Whether any holds. */
export function testAny(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return nobody;
  if (second === undefined) return first;
  if (tests.length === 2) return (context) => first(context) || second(context);
  return (context) => {
    for (let index = 0; index < tests.length; index++) if ((tests[index] as Test)(context)) return true;
    return false;
  };
}

function compileAttribute(source: AttributeTest): Test {
  const path: AttributePath = source.attribute.map((name) => intern(name));
  if (source.operator === 'exists') {
    const holds = WHOLE_OPERATORS.exists(source.value);
    return (context) => holds(readAttribute(context, path));
  }
  if (!Object.hasOwn(SCALAR_OPERATORS, source.operator)) {
    throw new TypeError(`unknown operator ${JSON.stringify(source.operator)}`);
  }
  const test = attributeTest(path, SCALAR_OPERATORS[source.operator](source.value));
  const [name] = path;
  if (name === undefined || path.length > 1) return test;
  return ownTest(name, source.operator, source.value, test) ?? test;
}

function leaf(source: AttributeTest | SegmentTest, segmentOf: SegmentLookup): CompiledCondition {
  if (source.operator !== 'inSegment') {
    return { source, test: compileAttribute(source), children: [], audience: undefined };
  }
  const audience = segmentOf(source.value);
  return { source, test: inSegment(audience), children: [], audience };
}

/** Throws for a condition of unknown shape or operator: to guess would be worse than to say so. */
export function compileCondition(source: Condition, segmentOf: SegmentLookup): CompiledCondition {
  if ('all' in source) {
    const children = source.all.map((child) => compileCondition(child, segmentOf));
    return { source, test: testAll(children.map((child) => child.test)), children, audience: undefined };
  }
  if ('any' in source) {
    const children = source.any.map((child) => compileCondition(child, segmentOf));
    return { source, test: testAny(children.map((child) => child.test)), children, audience: undefined };
  }
  if ('not' in source) {
    const child = compileCondition(source.not, segmentOf);
    return { source, test: (context) => !child.test(context), children: [child], audience: undefined };
  }
  return leaf(source, segmentOf);
}
