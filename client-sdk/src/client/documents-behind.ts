import type { Condition, Flag, Segment } from '../engine/index.js';

/** Documents by key. */
export interface Documents {
  readonly flags: ReadonlyMap<string, Flag>;
  readonly segments: ReadonlyMap<string, Segment>;
}

/**
 * All that a flag's answers depend on, itself included, by `flag/<key>` and `segment/<key>`: its prerequisites, the
 * segments that any of them name, and so on. What is named and not there is undefined.
 */
export function documentsBehind(
  key: string,
  documents: Documents,
): ReadonlyMap<string, Flag | Segment | undefined> {
  const found = new Map<string, Flag | Segment | undefined>();
  const addFlag = (key: string): void => {
    if (found.has(`flag/${key}`)) return;
    const flag = documents.flags.get(key);
    found.set(`flag/${key}`, flag);
    for (const prerequisite of listed(flag?.prerequisites)) addFlag(prerequisite.flag);
    for (const rule of listed(flag?.rules)) addCondition(rule.condition);
  };
  const addSegment = (key: string): void => {
    if (found.has(`segment/${key}`)) return;
    const segment = documents.segments.get(key);
    found.set(`segment/${key}`, segment);
    for (const rule of listed(segment?.rules)) addCondition(rule);
  };
  const addCondition = (condition: Condition): void => {
    for (const name of segmentsIn(condition)) addSegment(name);
  };
  addFlag(key);
  return found;
}

/** The segments that a condition names, at any depth; none in one of unknown shape, which can't be evaluated either. */
export function segmentsIn(condition: Condition): readonly string[] {
  if (typeof condition !== 'object' || condition === null) return [];
  if ('all' in condition) return listed(condition.all).flatMap(segmentsIn);
  if ('any' in condition) return listed(condition.any).flatMap(segmentsIn);
  if ('not' in condition) return segmentsIn(condition.not);
  return condition.operator === 'inSegment' ? [condition.value] : [];
}

/** What is no list holds nothing. */
export function listed<T extends object>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list)
    ? (list as readonly T[]).filter((item) => typeof item === 'object' && item !== null)
    : [];
}
