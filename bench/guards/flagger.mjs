/** Windows in a check, and checks that must fail before it rolls back, at the tick after. */
const CHECK = 12;
const FAILED = 5;

/**
 * Flagger's rule: each minute the new arm's bad share is held against a limit; five failed checks, in all, roll back at the next.
 * A minute without requests is no check. It also tells which limit a day would just have been let pass by.
 */
export class Flagger {
  /** The largest shares of the day, descending. */
  #worst = [];
  #bad = 0;
  #total = 0;

  constructor(limit = Infinity) {
    this.limit = limit;
  }

  take(i, { newBad, newTotal }) {
    this.#bad += newBad;
    this.#total += newTotal;
    if ((i + 1) % CHECK !== 0) return false;
    const isOver = this.passingLimit > this.limit;
    if (this.#total > 0) this.#note(this.#bad / this.#total);
    this.#bad = 0;
    this.#total = 0;
    return isOver;
  }

  /** With a limit of this much or more the day passes. */
  get passingLimit() {
    return this.#worst[FAILED - 1] ?? 0;
  }

  #note(share) {
    if (share <= this.passingLimit) return;
    this.#worst = [...this.#worst, share].sort((a, b) => b - a).slice(0, FAILED);
  }
}

/** The lowest limit by which at most one in a hundred of these days is rolled back. */
export function tunedLimit(passingLimits) {
  const descending = passingLimits.toSorted((a, b) => b - a);
  return descending[Math.floor(descending.length / 100)];
}
