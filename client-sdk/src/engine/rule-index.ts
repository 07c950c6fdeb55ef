import type { CompiledCondition, Test } from './compiled-condition.js';
import { testAll } from './compiled-condition.js';
import type { CompiledRule } from './compiled-rule.js';
import type { AttributeTest, Condition } from './condition.js';
import type { Decide } from './decision.js';
import { intern } from './intern.js';
import { scalarsOf } from './operators/in.js';
import type { Scalar } from './operators/in.js';

/** Rules fewer than this are asked one after the other just as fast. */
const FEWEST_RULES = 4;
/** Candidates that an index may list in all, so that it stays small beside its rules. */
const MOST_CANDIDATES = 20_000;

/** A rule that may match, and what is left to ask of it. */
interface Candidate<T> {
  readonly rest: Test;
  readonly rule: CompiledRule<T>;
}

/** An attribute, and what rules ask of it: null for a rule that doesn't. */
interface Column<T> {
  readonly name: string;
  readonly demands: readonly (Demand | null)[];
  readonly rules: readonly CompiledRule<T>[];
}

/** The values of which a rule demands one, and what else it asks. */
interface Demand {
  readonly values: readonly Scalar[];
  readonly rest: Test;
}

/**
 * Decides as the list of rules does, but asks only those that the value of one attribute leaves possible: the attribute
 * that parts the rules best. Null where there is none worth it. A list, whose elements may match several rules, is
 * decided by `plain`.
 */
export function decideByIndex<T>(
  rules: readonly CompiledRule<T>[],
  fallback: T,
  plain: Decide<T>,
): Decide<T> | null {
  if (rules.length < FEWEST_RULES) return null;
  const column = bestColumn(rules);
  if (column === null) return null;
  const { name } = column;
  const { byValue, others } = candidatesOf(column);
  return (context) => {
    let candidates = others;
    try {
      const value: unknown = context[name];
      if (typeof value === 'object' && Array.isArray(value)) return plain(context);
      const possible = byValue.get(value);
      if (possible !== undefined && Object.hasOwn(context, name)) candidates = possible;
    } catch {
      // What can't be read is missing.
    }
    for (let index = 0; index < candidates.length; index++) {
      const { rest, rule } = candidates[index] as Candidate<T>;
      if (rest(context)) return rule.serve(context);
    }
    return fallback;
  };
}

/** The rules possible for each value that some rule demands, and for all other values; in the order of the list. */
function candidatesOf<T>({ demands, rules }: Column<T>) {
  const byValue = new Map<unknown, Candidate<T>[]>(
    demands.flatMap((demand) => demand?.values ?? []).map((value) => [value, []]),
  );
  const others: Candidate<T>[] = [];
  for (const [index, rule] of rules.entries()) {
    const demand = demands[index] ?? null;
    const candidate = { rule, rest: demand?.rest ?? rule.condition.test };
    const lists = demand === null ? [...byValue.values(), others] : demand.values.map((v) => byValue.get(v));
    for (const list of lists) list?.push(candidate);
  }
  return { byValue, others };
}

/** The attribute that leaves the fewest rules on average; null where none leaves at most half of them. */
function bestColumn<T>(rules: readonly CompiledRule<T>[]): Column<T> | null {
  let best: Column<T> | null = null;
  let least = rules.length / 2;
  for (const name of new Set(rules.flatMap(({ condition }) => namesIn(condition)))) {
    const demands = rules.map(({ condition }) => demandOf(condition, name));
    const left = averageLeft(demands);
    if (left > least) continue;
    least = left;
    best = { name: intern(name), demands, rules };
  }
  return best;
}

function averageLeft(demands: readonly (Demand | null)[]): number {
  const asked = demands.filter((demand) => demand !== null);
  const values = new Set(asked.flatMap((demand) => demand.values)).size;
  const others = demands.length - asked.length;
  const pairs = asked.reduce((sum, demand) => sum + demand.values.length, 0);
  const isSmall = pairs + values * others <= MOST_CANDIDATES;
  return values > 0 && isSmall ? pairs / values + others : Number.POSITIVE_INFINITY;
}

/** Names that the condition, or one of those it needs all of, compares for equality. */
function namesIn({ source, children }: CompiledCondition): string[] {
  if ('all' in source) return children.flatMap((child) => namesIn(child));
  return isEquality(source) ? [source.attribute[0] as string] : [];
}

/** Null where the condition can hold for other values too. */
function demandOf(condition: CompiledCondition, name: string): Demand | null {
  const own = valuesAt(condition, name);
  if (own !== null) return { values: own, rest: testAll([]) };
  if (!('all' in condition.source)) return null;
  for (const [index, child] of condition.children.entries()) {
    const demand = demandOf(child, name);
    if (demand === null) continue;
    const others = condition.children.filter((_, place) => place !== index).map(({ test }) => test);
    const rest = 'all' in child.source ? [demand.rest, ...others] : others;
    return { values: demand.values, rest: testAll(rest) };
  }
  return null;
}

/** The values that an equality on `name` holds for. NaN, which operators don't agree on, is left to the list. */
function valuesAt({ source }: CompiledCondition, name: string): readonly Scalar[] | null {
  if (!isEquality(source) || source.attribute[0] !== name) return null;
  const operand = source.operator === 'equals' ? [source.value] : source.value;
  const values = Array.isArray(operand) ? [...new Set(scalarsOf(operand))] : [];
  return values.some((value) => Number.isNaN(value)) ? null : values;
}

function isEquality(source: Condition): source is AttributeTest {
  return (
    'attribute' in source &&
    source.attribute.length === 1 &&
    (source.operator === 'equals' || source.operator === 'in')
  );
}
