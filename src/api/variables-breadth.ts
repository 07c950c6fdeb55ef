import { Problem } from '../domain/problem.js';

/** Names in one object of the variables: a wrong one is told with the whole object around it, fifty times over. */
const MOST_NAMES = 2_000;

/** Refuses variables in which an object has more than 2,000 names. TOO_LARGE. `variables`: any JSON, however deep. */
export function checkBreadth(variables: unknown): void {
  const waiting: unknown[] = [variables];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (!Array.isArray(value) && inner.length > MOST_NAMES)
      throw new Problem(
        'TOO_LARGE',
        `An object in the variables has ${inner.length} names, and at most ${MOST_NAMES} are allowed.`,
        { field: 'variables' },
      );
    for (const part of inner) if (typeof part === 'object') waiting.push(part);
  }
}
