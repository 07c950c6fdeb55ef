import { isSameJson } from './same-json.js';

/**
 * One step from a document to another: a JSON Patch operation (RFC 6902; `path` is a JSON Pointer, empty for the whole
 * document), and what stood there before. `after` is the operation's value; null for `remove`.
 */
export interface FieldChange {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The steps that lead from one JSON value to another, to be taken in their order; none where they are the same. Null at
 * the root is no document. Names come in code-unit order; in a list, what is the same at both ends stays where it is.
 */
export function fieldDiff(before: unknown, after: unknown): FieldChange[] {
  if (before === null && after === null) return [];
  if (before === null) return [{ op: 'add', path: '', before, after }];
  if (after === null) return [{ op: 'remove', path: '', before, after }];
  return changesAt('', before, after);
}

function changesAt(path: string, before: unknown, after: unknown): FieldChange[] {
  if (isSameJson(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(path, before, after);
  if (isObject(before) && isObject(after)) return objectChanges(path, before, after);
  return [{ op: 'replace', path, before, after }];
}

type JsonObject = { readonly [name: string]: unknown };

function objectChanges(path: string, before: JsonObject, after: JsonObject): FieldChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): FieldChange[] => {
    const at = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const [was, is] = [before[name], after[name]];
    if (was === undefined && is === undefined) return [];
    if (was === undefined) return [{ op: 'add', path: at, before: null, after: is }];
    if (is === undefined) return [{ op: 'remove', path: at, before: was, after: null }];
    return changesAt(at, was, is);
  });
}

function listChanges(path: string, before: readonly unknown[], after: readonly unknown[]): FieldChange[] {
  const start = sameAtStart(before, after);
  const end = sameAtEnd(before, after, start);
  const [was, is] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const both = Math.min(was.length, is.length);
  const at = (index: number): string => `${path}/${start + index}`;
  const changed = was.slice(0, both).flatMap((item, index) => changesAt(at(index), item, is[index]));
  const removed = was.slice(both).map((item, index): FieldChange => ({
    op: 'remove',
    path: at(both + index),
    before: item,
    after: null,
  }));
  const added = is.slice(both).map((item, index): FieldChange => ({
    op: 'add',
    path: at(both + index),
    before: null,
    after: item,
  }));
  // From the last one on, so that those before keep their index.
  return [...changed, ...removed.reverse(), ...added];
}

function sameAtStart(before: readonly unknown[], after: readonly unknown[]): number {
  const most = Math.min(before.length, after.length);
  let count = 0;
  while (count < most && isSameJson(before[count], after[count])) count += 1;
  return count;
}

/** How many at the end are the same, beside the first `start`. */
function sameAtEnd(before: readonly unknown[], after: readonly unknown[], start: number): number {
  const most = Math.min(before.length, after.length) - start;
  let count = 0;
  while (count < most && isSameJson(before.at(-1 - count), after.at(-1 - count))) count += 1;
  return count;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
