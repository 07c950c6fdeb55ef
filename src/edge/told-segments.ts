import type { Condition, Route, Segment } from '@tidegate/sdk/engine';

interface Documents {
  readonly routes: readonly Route[];
  readonly segments: readonly Segment[];
}

/**
 * The segments that the edge tells of, in code-unit order: those that some rule of a route names and that can be decided
 * by what is verified. One that asks for anything else is left out, since of what a client says of itself nothing counts.
 */
export function toldSegments({ routes, segments }: Documents): readonly string[] {
  const byKey = new Map(segments.map((segment) => [segment.key, segment]));
  const named = new Set(routes.flatMap(({ rules }) => rules.flatMap(({ condition }) => namesIn(condition))));
  return [...named].filter((key) => isProvable(byKey, key, new Set())).sort();
}

function namesIn(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(namesIn);
  if ('any' in condition) return condition.any.flatMap(namesIn);
  if ('not' in condition) return namesIn(condition.not);
  return condition.operator === 'inSegment' ? [condition.value] : [];
}

function isProvable(byKey: ReadonlyMap<string, Segment>, key: string, open: ReadonlySet<string>): boolean {
  const segment = byKey.get(key);
  if (segment === undefined || open.has(key)) return false;
  const within = new Set([...open, key]);
  const provable = (condition: Condition): boolean => {
    if ('all' in condition) return condition.all.every(provable);
    if ('any' in condition) return condition.any.every(provable);
    if ('not' in condition) return provable(condition.not);
    if (condition.operator === 'inSegment') return isProvable(byKey, condition.value, within);
    const [root, ...rest] = condition.attribute;
    return root === 'verified' || (root === 'targetingKey' && rest.length === 0);
  };
  return segment.rules.every(provable);
}
