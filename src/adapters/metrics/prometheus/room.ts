/** How long what was too much together is not tried again, ms. */
const REMEMBERED = 10 * 60_000;

/** How many may be asked together, as it turned out. */
export class Room {
  #size = Infinity;
  #until = 0;

  /** How many together at `now` (epoch ms), itself included; Infinity where nothing is known. */
  at(now: number): number {
    return now < this.#until ? this.#size : Infinity;
  }

  /** So many are not too many, as far as is known at `now`. */
  narrow(size: number, now: number): void {
    this.#size = size;
    this.#until = now + REMEMBERED;
  }
}
