import type { EvaluationContext } from '../engine/index.js';

/**
 * A new context of the attributes of both, `over` winning; attributes are replaced whole, `verified` too. Takes whatever
 * is given: what is no object adds nothing, and an attribute that throws when read is left out.
 */
export function mergeContexts(base: unknown, over: unknown): EvaluationContext {
  return Object.fromEntries([...attributesOf(base), ...attributesOf(over)]);
}

/** The own attributes of anything, each read once. */
export function attributesOf(context: unknown): [name: string, value: unknown][] {
  const found: [string, unknown][] = [];
  for (const name of namesOf(context)) {
    try {
      found.push([name, (context as EvaluationContext)[name]]);
    } catch {
      // as for the engine: what can't be read is not there
    }
  }
  return found;
}

function namesOf(context: unknown): string[] {
  if (typeof context !== 'object' || context === null) return [];
  try {
    return Object.getOwnPropertyNames(context);
  } catch {
    return [];
  }
}
