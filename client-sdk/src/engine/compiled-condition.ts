import { attributeTest, readAttribute } from './attribute.js';
import type { AttributeTest, Condition, SegmentTest } from './condition.js';
import type { AttributePath, EvaluationContext } from './context.js';
import { intern } from './intern.js';
import { SCALAR_OPERATORS, WHOLE_OPERATORS } from './operator-table.js';
import { inSegment } from './operators/in-segment.js';
import type { CompiledSegment } from './compiled-segment.js';

export type Test = (context: EvaluationContext) => boolean;

/** A condition as closures. Evaluation calls `test`; a trace walks `children` and calls theirs. */
export interface CompiledCondition {
  readonly source: Condition;
  readonly test: Test;
  readonly children: readonly CompiledCondition[];
  /** What an `inSegment` refers to; undefined for an unknown segment and for all other conditions. */
  readonly segment: CompiledSegment | undefined;
}

/** Finds the compiled segment of a key; undefined where there is none. Throws for one that can't be evaluated. */
export type SegmentLookup = (key: string) => CompiledSegment | undefined;

function testAll(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (tests.length === 2) return (context) => first(context) && second(context);
  return (context) => {
    for (let index = 0; index < tests.length; index++) if (!(tests[index] as Test)(context)) return false;
    return true;
  };
}

function testAny(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return () => false;
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
  return attributeTest(path, SCALAR_OPERATORS[source.operator](source.value));
}

function leaf(source: AttributeTest | SegmentTest, segmentOf: SegmentLookup): CompiledCondition {
  if (source.operator !== 'inSegment') {
    return { source, test: compileAttribute(source), children: [], segment: undefined };
  }
  const segment = segmentOf(source.value);
  return { source, test: inSegment(segment), children: [], segment };
}

/** Throws for a condition of unknown shape or operator: to guess would be worse than to say so. */
export function compileCondition(source: Condition, segmentOf: SegmentLookup): CompiledCondition {
  if ('all' in source) {
    const children = source.all.map((child) => compileCondition(child, segmentOf));
    return { source, test: testAll(children.map((child) => child.test)), children, segment: undefined };
  }
  if ('any' in source) {
    const children = source.any.map((child) => compileCondition(child, segmentOf));
    return { source, test: testAny(children.map((child) => child.test)), children, segment: undefined };
  }
  if ('not' in source) {
    const child = compileCondition(source.not, segmentOf);
    return { source, test: (context) => !child.test(context), children: [child], segment: undefined };
  }
  return leaf(source, segmentOf);
}
