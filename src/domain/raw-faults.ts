import type { UserError } from './problem.js';

/** Levels of lists and objects in one document. */
const DEEPEST = 64;
/** UTF-8 bytes of one document as JSON. */
const LARGEST = 1_024 * 1_024;
/** Names through which an object can be made to change all others. */
const POISONOUS = new Set(['__proto__', 'constructor', 'prototype']);
const BROKEN_TEXT = /\p{Surrogate}/u;

/**
 * What makes a value unfit to be looked at by a schema: nothing that JSON can't hold, no poisonous property names at any
 * depth (RESERVED_NAME), no unpaired surrogates, at most 64 levels and 1 MiB (TOO_LARGE). The first fault, or null.
 * `measured`: what of it counts for its size, by default all.
 */
export function rawFault(value: unknown, field: string, measured = value): UserError | null {
  return formFault(value, field) ?? sizeFault(measured, field);
}

/** As `rawFault`, of any size. */
export function formFault(value: unknown, field: string): UserError | null {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value, path: field, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth } = next;
    const fault = scalarFault(next.value);
    if (fault !== null) return { field: path, message: fault, code: 'INVALID_INPUT' };
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (depth > DEEPEST)
      return {
        field,
        message: `It is nested more than ${DEEPEST} levels deep: move parts of it elsewhere.`,
        code: 'TOO_LARGE',
      };
    for (const [name, child] of Object.entries(next.value)) {
      const at = path === '' ? name : `${path}.${name}`;
      if (POISONOUS.has(name))
        return { field: at, message: `"${name}" is a reserved name: choose another.`, code: 'RESERVED_NAME' };
      if (child !== undefined) pending.push({ value: child, path: at, depth: depth + 1 });
    }
  }
  return null;
}

function sizeFault(value: unknown, field: string): UserError | null {
  const size = new TextEncoder().encode(JSON.stringify(value) ?? '').length;
  if (size <= LARGEST) return null;
  return { field, message: `It has ${size} bytes of JSON; at most ${LARGEST} (1 MiB).`, code: 'TOO_LARGE' };
}

function scalarFault(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return BROKEN_TEXT.test(value) ? 'It is not valid Unicode: it has half of a surrogate pair.' : null;
    case 'number':
      return Number.isFinite(value) ? null : 'It must be a finite number.';
    case 'boolean':
      return null;
    case 'object':
      return isJsonObject(value) ? null : 'It must be plain JSON.';
    default:
      return `It must be JSON, not ${typeof value}.`;
  }
}

function isJsonObject(value: object | null): boolean {
  if (value === null || Array.isArray(value)) return true;
  const prototype: object | null = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
