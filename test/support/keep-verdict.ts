import { randomUUID } from 'node:crypto';
import { VERDICT_ID } from '../../src/domain/change.js';
import type { Store } from '../../src/ports/store.js';

/** Keeps an entry as a guard's verdict, with a state that names it; answers its id. */
export async function keepVerdict(
  store: Store,
  scope: string,
  guard: string,
  entry: unknown,
): Promise<string> {
  const key = `kept/${randomUUID()}`;
  await store.commit(scope, {
    edits: [],
    expected: {},
    state: [{ key, value: VERDICT_ID }],
    verdict: { guard, entry },
    actor: `guard:${guard}`,
    reason: 'a test',
  });
  return String((await store.readState(scope, key))?.value);
}
