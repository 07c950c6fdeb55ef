import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats an attempt until it stops throwing and returns what it gave; past the deadline, the last error is thrown.
 */
export async function eventually<T>(
  attempt: () => Promise<T> | T,
  withinMs = 10_000,
  everyMs = 100,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() + everyMs > deadline) throw error;
      await sleep(everyMs);
    }
  }
}
