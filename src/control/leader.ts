import { setMaxListeners } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Store } from '../ports/store.js';
import { describeFailure } from './failure.js';
import { every, pause } from './pace.js';
import type { Duty, Term } from './term.js';

/** Name of the lease, one per environment. */
export const CONTROL_LEASE = 'control';
const TTL = 5_000;
const RENEW = 1_500;
const RETRY = 1_000;

/** A fencing token; null while another process holds the lease, undefined when the store didn't say. */
type Answer = number | null | undefined;

/**
 * One process's bid for one environment: takes the lease when it is free, renews it, and does the duties meanwhile. A
 * lease that was not renewed in time, by this process's own monotonic clock, counts as lost.
 */
export class Leader {
  readonly #log = new Logger(Leader.name);
  /** Each duty, in the present term or still in an older one: a term waits for none but the same duty's last. */
  readonly #doing = new Map<Duty, Promise<void>>();

  constructor(
    private readonly store: Store,
    private readonly environment: string,
    private readonly holder: string,
    private readonly duties: readonly Duty[],
  ) {}

  /** Bids until the signal aborts; resolves when all duties have ended and the lease is given back. */
  async campaign(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const asked = performance.now();
      const token = await this.#acquire();
      if (typeof token === 'number') await this.#lead(token, asked + TTL, signal);
      else await pause(RENEW * (0.8 + Math.random() * 0.4), signal);
    }
    await this.#finished();
  }

  async #lead(token: number, until: number, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    // Every duty waits for its end, some of them several times over.
    setMaxListeners(0, ended.signal);
    const stop = (): void => ended.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const lease = { name: CONTROL_LEASE, token };
    const term: Term = { environment: this.environment, lease, signal: ended.signal };
    this.#log.log(`leads ${this.environment} (term ${token})`);
    for (const duty of this.duties) {
      const before = this.#doing.get(duty) ?? Promise.resolve();
      this.#doing.set(
        duty,
        before.then(() => this.#perform(duty, term)),
      );
    }
    await this.#renew(token, until, ended);
    signal.removeEventListener('abort', stop);
    if (signal.aborted) {
      await this.#finished();
      await this.#release();
    }
    this.#log.log(`no longer leads ${this.environment} (term ${token})`);
  }

  /** Renews until the term ends, and ends it when the lease runs out or belongs to another term. */
  async #renew(token: number, until: number, ended: AbortController): Promise<void> {
    const expire = (at: number): NodeJS.Timeout => setTimeout(() => ended.abort(), at - performance.now());
    let expiry = expire(until);
    while (!ended.signal.aborted) {
      await pause(RENEW, ended.signal);
      if (ended.signal.aborted) break;
      const asked = performance.now();
      const answer = await this.#acquire();
      if (answer === undefined) continue;
      clearTimeout(expiry);
      if (answer === token) expiry = expire(asked + TTL);
      else ended.abort();
    }
    clearTimeout(expiry);
  }

  async #finished(): Promise<void> {
    await Promise.all(this.#doing.values());
  }

  /** Does one duty for the term; one that fails as a whole begins again. */
  #perform(duty: Duty, term: Term): Promise<void> {
    const told = (error: unknown): void =>
      this.#log.error(`${duty.name} of ${term.environment} failed: ${describeFailure(error)}`);
    return every(RETRY, term.signal, () => duty.run(term), told);
  }

  async #acquire(): Promise<Answer> {
    try {
      return await this.store.acquireLease(this.environment, CONTROL_LEASE, this.holder, TTL);
    } catch (error) {
      this.#log.debug(`lease of ${this.environment}: ${describeFailure(error)}`);
      return undefined;
    }
  }

  async #release(): Promise<void> {
    try {
      await this.store.releaseLease(this.environment, CONTROL_LEASE, this.holder);
    } catch (error) {
      this.#log.debug(`lease of ${this.environment} not given back: ${describeFailure(error)}`);
    }
  }
}
