import { ClientError } from './client-error.js';
import { breakOf } from './server-refusal.js';

/** A call under way: when to give it up, and the clock of the silence that ends it. */
export interface CallAttempt {
  readonly signal: AbortSignal;
  readonly silence: NodeJS.Timeout;
  readonly abort: () => void;
}

/** Makes one call, which ends with `outer`, or when nothing was heard for `patience` ms; resolves with what was wrong, null where nothing was. */
export async function attemptCall(
  outer: AbortSignal,
  patience: number,
  call: (attempt: CallAttempt) => Promise<ClientError | null>,
): Promise<ClientError | null> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  outer.addEventListener('abort', abort, { once: true });
  const silence = setTimeout(abort, patience).unref();
  try {
    return await call({ signal: controller.signal, silence, abort });
  } catch (error) {
    if (error instanceof ClientError) return error;
    const why = controller.signal.aborted ? 'The server does not answer.' : breakOf(error);
    return new ClientError('UNAVAILABLE', why, { cause: error });
  } finally {
    clearTimeout(silence);
    outer.removeEventListener('abort', abort);
    abort();
  }
}
