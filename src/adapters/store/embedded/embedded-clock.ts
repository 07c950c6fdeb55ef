/** Part of the usual pace at which time goes on while the machine's clock is behind. */
const PACE = 0.5;

/**
 * The embedded store's time: the machine's, which never goes back here. Once that was set back, time goes on at half the pace
 * until the machine's clock has caught up: windows of counts end, holds and leases run, and nothing happens before what was.
 */
export class EmbeddedClock {
  #latest = 0;
  #read: number;

  /** `wall`: epoch ms; `steady`: ms that nobody sets. */
  constructor(
    private readonly wall: () => number = Date.now,
    private readonly steady: () => number = () => performance.now(),
  ) {
    this.#read = steady();
  }

  /** Epoch ms, whole. */
  now(): number {
    const read = this.steady();
    this.#latest = Math.max(this.wall(), this.#latest + PACE * Math.max(0, read - this.#read));
    this.#read = read;
    return Math.floor(this.#latest);
  }
}
