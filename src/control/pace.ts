/** Resolves after `ms`, or as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** Does `work` every `ms` (counted from its end) until the signal aborts. A failure is told and doesn't end it. */
export async function every(
  ms: number,
  signal: AbortSignal,
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const always = async (): Promise<number> => {
    await work();
    return ms;
  };
  await paced(ms, signal, always, onFailure);
}

/** As `every`, but `work` says how long to wait after it, ms; `ms` where it failed. */
export async function paced(
  ms: number,
  signal: AbortSignal,
  work: () => Promise<number>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    let wait = ms;
    try {
      wait = await work();
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    }
    await pause(wait, signal);
  }
}

/** Resolves when the signal aborts. */
export function ending(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
