import { ClientError } from './client-error.js';

interface Waiter {
  resolve(): void;
  reject(error: ClientError): void;
}

/** Who waits for the first answers. */
export class Readiness {
  readonly #waiters = new Set<Waiter>();
  #isReady = false;

  /**
   * Resolves once there are answers worth waiting for. After `timeout` ms it resolves where `hasAnswers`, or else
   * rejects with TIMEOUT.
   */
  wait(timeout: number, hasAnswers: () => boolean): Promise<void> {
    if (this.#isReady) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        act();
      };
      const waiter = {
        resolve: () => settle(resolve),
        reject: (error: ClientError) => settle(() => reject(error)),
      };
      const timer = setTimeout(() => {
        if (hasAnswers()) waiter.resolve();
        else waiter.reject(new ClientError('TIMEOUT', `No snapshot came within ${timeout} ms.`));
      }, timeout);
      this.#waiters.add(waiter);
    });
  }

  /** From now on nobody waits. */
  reach(): void {
    this.#isReady = true;
    for (const waiter of this.#waiters) waiter.resolve();
  }

  /** Fails those who wait now. */
  fail(error: ClientError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}
