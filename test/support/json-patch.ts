interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly after: unknown;
}

/** What RFC 6902 makes of a document by these operations, taken in order; it knows nothing of how they were found. */
export function patched(document: unknown, operations: readonly Operation[]): unknown {
  return operations.reduce((value, one) => step(value, pointer(one.path), one), structuredClone(document));
}

function pointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw new Error(`no pointer: ${path}`);
  return path
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function step(value: unknown, [token, ...rest]: string[], operation: Operation): unknown {
  const { op, after } = operation;
  if (token === undefined) return op === 'remove' ? null : after;
  if (Array.isArray(value)) return inList(value, Number(token), rest, operation);
  const object = value as Record<string, unknown>;
  const known = Object.hasOwn(object, token);
  if (rest.length > 0) return { ...object, [token]: step(object[token], rest, operation) };
  if (known === (op === 'add')) throw new Error(`${op} of "${token}", which is ${known ? '' : 'not '}there`);
  if (op !== 'remove') return { ...object, [token]: after };
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== token));
}

function inList(list: readonly unknown[], index: number, rest: string[], operation: Operation): unknown[] {
  const last = operation.op === 'add' && rest.length === 0 ? list.length : list.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > last) throw new Error(`no index ${index}`);
  if (rest.length > 0) return list.with(index, step(list[index], rest, operation));
  if (operation.op === 'remove') return list.toSpliced(index, 1);
  return operation.op === 'add'
    ? list.toSpliced(index, 0, operation.after)
    : list.with(index, operation.after);
}
