/** Longest wait between two attempts, milliseconds. */
const LONGEST = 30_000;

/**
 * How long (ms) to wait before attempt `attempt` (1, 2, …): `base` doubled each time up to 30 s, of which the second half
 * is drawn by `random` in [0, 1), so that clients cut off together don't come back together.
 */
export function retryDelay(attempt: number, base: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST, base * 2 ** Math.min(attempt - 1, 20));
  return full / 2 + (full / 2) * random();
}

/** Resolves after `ms`, or at once when `signal` aborts; keeps no process alive. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    };
    const timer = setTimeout(finish, ms);
    timer.unref();
    signal.addEventListener('abort', finish, { once: true });
  });
}
