import { createHash } from 'node:crypto';

/** Fields that don't change what is asked for. */
const ASIDE = new Set(['dryRun', 'idempotencyKey']);

/**
 * A digest (hex) of what an operation was asked, the same whatever the order of names: SHA-256 of the operation's name
 * and its input, without `dryRun` and `idempotencyKey`.
 */
export function requestDigest(operation: string, input: object): string {
  const asked = Object.entries(input).filter(([name]) => !ASIDE.has(name));
  const text = JSON.stringify([operation, sorted(Object.fromEntries(asked))]);
  return createHash('sha256').update(text).digest('hex');
}

/** The value with the names of each object in code-unit order, as lists of pairs. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).toSorted();
  return { of: names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]) };
}
