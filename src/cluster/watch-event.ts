import { Refusal } from './refusal.js';
import type { KubernetesObject } from './resource.js';

/** One line of a watch. A bookmark says how far the watch has come, and nothing else. */
export type WatchEvent<T> =
  | { readonly type: 'put' | 'remove'; readonly object: T; readonly version: string }
  | { readonly type: 'bookmark'; readonly version: string };

const TYPES: ReadonlyMap<unknown, 'put' | 'remove' | 'bookmark'> = new Map([
  ['ADDED', 'put'],
  ['MODIFIED', 'put'],
  ['DELETED', 'remove'],
  ['BOOKMARK', 'bookmark'],
] as const);

/**
 * Reads a line of a watch. An ERROR event is thrown as the Refusal that it holds: the API server sends its 410 so,
 * inside an answer of 200. Throws an Error for a line that can't be read.
 */
export function readWatchEvent<T extends KubernetesObject>(line: string): WatchEvent<T> {
  const { type, object } = parse(line);
  if (type === 'ERROR') throw refusalOf(object);
  const known = TYPES.get(type);
  const { metadata } = (object ?? {}) as Partial<T>;
  const version = metadata?.resourceVersion;
  if (known === undefined || version === undefined) throw unreadable(line);
  if (known === 'bookmark') return { type: known, version };
  if (typeof metadata?.name !== 'string') throw unreadable(line);
  return { type: known, object: object as T, version };
}

function refusalOf(status: unknown): Refusal {
  const { code } = (status ?? {}) as { code?: unknown };
  return new Refusal(typeof code === 'number' ? code : 500, JSON.stringify(status ?? null));
}

function parse(line: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    return (JSON.parse(line) ?? {}) as { type?: unknown; object?: unknown };
  } catch {
    throw unreadable(line);
  }
}

function unreadable(line: string): Error {
  return new Error(`the watch sent a line that can't be read: ${line.slice(0, 80)}`);
}
