const MINUTE = 60_000;
/** Addresses that are remembered within a minute; at one more, all are forgotten. */
const MOST_ADDRESSES = 10_000;

/** Counts, by address, attempts to authenticate that failed within the present minute. */
export class FailedAttempts {
  readonly #limit: number;
  #minute = 0;
  #byAddress = new Map<string, number>();

  /** `limit`: how many a minute are answered as what they are; 0 = all. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one at `now` (ms). 0 where it is within the limit, else the whole seconds until the next minute. */
  count(address: string, now: number): number {
    this.#forget(now);
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    return this.waitOf(address, now);
  }

  /** As `count`, but counts nothing. */
  waitOf(address: string, now: number): number {
    this.#forget(now);
    if (this.#limit === 0 || (this.#byAddress.get(address) ?? 0) <= this.#limit) return 0;
    return Math.ceil(((this.#minute + 1) * MINUTE - now) / 1_000);
  }

  #forget(now: number): void {
    const minute = Math.floor(now / MINUTE);
    if (minute === this.#minute && this.#byAddress.size < MOST_ADDRESSES) return;
    this.#minute = minute;
    this.#byAddress = new Map();
  }
}
