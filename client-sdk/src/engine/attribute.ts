import type { AttributePath, EvaluationContext } from './context.js';

type Attributes = { readonly [name: string]: unknown };

function isAttributes(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value at `path`, or undefined where there is none. Only own properties of objects count: nothing inherited, no
 * element of a list, no entry of a Map. A getter or proxy that throws counts as missing.
 */
export function readAttribute(context: EvaluationContext, path: AttributePath): unknown {
  if (path.length === 0) return undefined;
  try {
    let value: unknown = context;
    for (const name of path) {
      if (!isAttributes(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    return value;
  } catch {
    return undefined;
  }
}

/** Reads a key: a non-empty string; null where there is none. */
export type KeyReader = (context: EvaluationContext) => string | null;

/** The subject's key. By its own name, which is read faster than one that differs from reader to reader. */
export const readTargetingKey: KeyReader = (context) => {
  try {
    const { targetingKey } = context;
    return typeof targetingKey === 'string' && targetingKey !== '' && Object.hasOwn(context, 'targetingKey')
      ? targetingKey
      : null;
  } catch {
    return null;
  }
};

/** Reads the value at `path` if it is a usable key. */
export function keyReader(path: AttributePath): KeyReader {
  const [name] = path;
  if (name === 'targetingKey' && path.length === 1) return readTargetingKey;
  if (name === undefined || path.length > 1) {
    return (context) => {
      const value = readAttribute(context, path);
      return typeof value === 'string' && value !== '' ? value : null;
    };
  }
  return (context) => {
    try {
      const value = context[name];
      return typeof value === 'string' && value !== '' && Object.hasOwn(context, name) ? value : null;
    } catch {
      return null;
    }
  };
}

function matchesAny(value: unknown, matches: (scalar: unknown) => boolean): boolean {
  if (typeof value !== 'object') return matches(value);
  if (!Array.isArray(value)) return matches(value);
  for (let index = 0; index < value.length; index++) if (matches(value[index])) return true;
  return false;
}

/**
 * A test of the value at `path`: true when it, or any element where it is a list, `matches`. `matches` must be false
 * for undefined; that lets the test read first and ask only of a match whether the property is the object's own.
 */
export function attributeTest(
  path: AttributePath,
  matches: (scalar: unknown) => boolean,
): (context: EvaluationContext) => boolean {
  const [first, second] = path;
  if (first !== undefined && path.length === 1) return testOwn(first, matches);
  if (first !== undefined && second !== undefined && path.length === 2)
    return testNested(first, second, matches);
  return (context) => {
    try {
      return matchesAny(readAttribute(context, path), matches);
    } catch {
      return false;
    }
  };
}

function testOwn(
  name: string,
  matches: (scalar: unknown) => boolean,
): (context: EvaluationContext) => boolean {
  return (context) => {
    try {
      return matchesAny(context[name], matches) && Object.hasOwn(context, name);
    } catch {
      return false;
    }
  };
}

function testNested(
  outer: string,
  inner: string,
  matches: (scalar: unknown) => boolean,
): (context: EvaluationContext) => boolean {
  return (context) => {
    try {
      const parent = context[outer];
      return (
        isAttributes(parent) &&
        matchesAny(parent[inner], matches) &&
        Object.hasOwn(parent, inner) &&
        Object.hasOwn(context, outer)
      );
    } catch {
      return false;
    }
  };
}
