/** Queries that are waited for at a time. */
const AT_ONCE = 8;

export interface TurnsOptions {
  /** Queries that may be open at a time, slow ones included: as many connections as one server gets. */
  readonly most: number;
  /** A query that takes longer makes room for the next, ms; default 250. */
  readonly long?: number;
}

/**
 * Lets queries of one server begin in the order they came, a few at a time. Slow ones don't keep the others waiting, until as many are open as
 * may be at most.
 */
export class Turns {
  readonly #most: number;
  readonly #long: number;
  #open = 0;
  /** Those of the open ones that are not slow yet. */
  #quick = 0;
  readonly #waiting: (() => void)[] = [];

  constructor({ most, long = 250 }: TurnsOptions) {
    this.#most = most;
    this.#long = long;
  }

  /** Resolves or rejects as `ask` does, which is called when its turn has come. */
  async take<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#isRoom()) this.#begin();
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    let isQuick = true;
    const slow = (): void => {
      if (isQuick) this.#quick -= 1;
      isQuick = false;
      this.#next();
    };
    const timer = setTimeout(slow, this.#long);
    try {
      return await ask();
    } finally {
      clearTimeout(timer);
      this.#open -= 1;
      slow();
    }
  }

  #isRoom(): boolean {
    return this.#open < this.#most && this.#quick < AT_ONCE;
  }

  #begin(): void {
    this.#open += 1;
    this.#quick += 1;
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#isRoom()) {
      this.#begin();
      this.#waiting.shift()?.();
    }
  }
}
