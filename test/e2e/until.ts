import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `condition` gives something truthy, and returns it; fails after `deadline` ms. */
export async function until<T>(condition: () => T | Promise<T>, deadline = 15_000): Promise<NonNullable<T>> {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`not within ${deadline} ms: ${condition.toString()}`);
    await sleep(10);
  }
}
