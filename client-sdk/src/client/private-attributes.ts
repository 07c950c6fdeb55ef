import type { AttributePath, Condition, EvaluationContext, Segment } from '../engine/index.js';
import { attributesOf } from './merge-contexts.js';

/**
 * Attributes that rules may go by and that nobody else is told of. A path stands for all below it: `['verified']` hides
 * `['verified', 'email']` too.
 */
export class PrivateAttributes {
  readonly #paths: readonly AttributePath[];

  constructor(paths: readonly AttributePath[]) {
    this.#paths = paths;
  }

  /** A copy of a context, down to where private attributes stood. */
  without(context: EvaluationContext): EvaluationContext {
    return without(context, this.#paths);
  }

  /** Whether something known of the attribute at `path` tells of a private one. */
  covers(path: AttributePath): boolean {
    return this.#paths.some((hidden) =>
      hidden.slice(0, path.length).every((name, level) => name === path[level]),
    );
  }

  /** Of segments, those whose membership tells of a private attribute: by its keys, its rules, or segments they name. */
  segmentsThatTell(segments: readonly Segment[]): ReadonlySet<string> {
    const byKey = new Map(segments.map((segment) => [segment.key, segment]));
    const listed = this.covers(['targetingKey']);
    const telling = new Set<string>();
    const seen = new Set<string>();
    const tells = (key: string): boolean => {
      const segment = byKey.get(key);
      if (segment === undefined || telling.has(key)) return telling.has(key);
      if (seen.has(key)) return false;
      seen.add(key);
      const byKeys = listed && segment.included.length + segment.excluded.length > 0;
      if (byKeys || segment.rules.some(tested)) telling.add(key);
      return telling.has(key);
    };
    const tested = (condition: Condition): boolean => {
      // of unknown shape: can't be evaluated, and nobody is in it
      if (typeof condition !== 'object' || condition === null) return false;
      if ('all' in condition) return condition.all.some(tested);
      if ('any' in condition) return condition.any.some(tested);
      if ('not' in condition) return tested(condition.not);
      return condition.operator === 'inSegment' ? tells(condition.value) : this.covers(condition.attribute);
    };
    for (const { key } of this.#paths.length === 0 ? [] : segments) tells(key);
    return telling;
  }
}

function without(given: unknown, paths: readonly AttributePath[]): EvaluationContext {
  const kept: [string, unknown][] = [];
  for (const [name, value] of attributesOf(given)) {
    const below = paths.filter(([first]) => first === name).map((path) => path.slice(1));
    if (below.some((path) => path.length === 0)) continue;
    kept.push([name, below.length === 0 ? value : strip(value, below)]);
  }
  return Object.fromEntries(kept);
}

/** Elements of a list are stripped each: rules can't look into them, but people can. */
function strip(value: unknown, below: readonly AttributePath[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return without(value, below);
  try {
    return Array.from(value, (element) => strip(element, below));
  } catch {
    return [];
  }
}
