/** Whether a function that should have been synchronous returned a promise, or what passes for one. */
export function isThenable(result: unknown): result is PromiseLike<unknown> {
  return (
    typeof result === 'object' &&
    result !== null &&
    typeof (result as { readonly then?: unknown }).then === 'function'
  );
}

/** Hands on what such a promise is rejected with, so that it ends no process as an unhandled rejection. */
export function onRejection(result: unknown, tell: (error: unknown) => void): void {
  if (isThenable(result)) Promise.resolve(result).catch(tell);
}
