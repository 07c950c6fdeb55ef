/** Seconds whose worth may be used at once. */
const BURST = 10;
const SECOND = 1_000;

/**
 * How often something may happen: so many times a second in the long run, and what ten seconds allow at once. A caller
 * that was idle may use up to twice that in a burst, since the clock is looked at only when what was granted is used up:
 * taking is a decrement.
 */
export class Budget {
  /** The most that is granted at once; Infinity without a limit. */
  readonly limit: number;
  readonly #rate: number;
  readonly #now: () => number;
  #left: number;
  #filledAt: number;

  /** `rate`: times a second, 0 = no limit; `now`: epoch milliseconds. */
  constructor(rate: number, now: () => number = Date.now) {
    this.limit = rate === 0 ? Infinity : rate * BURST;
    this.#rate = rate;
    this.#now = now;
    this.#left = this.limit;
    this.#filledAt = now();
  }

  /** Whether it may happen once more, which counts. */
  take(): boolean {
    if (this.#left < 1) this.#refill();
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** How often it may happen now. */
  get remaining(): number {
    this.#refill();
    return Math.floor(this.#left);
  }

  /** Whole seconds until everything may be used again, and (at least 1) until once. */
  get reset(): number {
    return this.limit === Infinity ? 0 : Math.ceil((this.limit - this.remaining) / this.#rate);
  }

  #refill(): void {
    if (this.limit === Infinity) return;
    const now = this.#now();
    const elapsed = Math.max(now - this.#filledAt, 0);
    this.#left = Math.min(this.limit, this.#left + (elapsed * this.#rate) / SECOND);
    this.#filledAt = now;
  }
}
