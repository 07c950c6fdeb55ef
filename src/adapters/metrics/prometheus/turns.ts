/** Queries that are waited for at a time. */
const AT_ONCE = 8;
/** A query that takes longer makes room for the next, ms. */
const LONG = 250;

/** Lets queries begin in the order they came, a few at a time; slow ones don't keep the others waiting. */
export class Turns {
  #free = AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  async take<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    const pass = this.#passOnce();
    const timer = setTimeout(pass, LONG);
    try {
      return await ask();
    } finally {
      clearTimeout(timer);
      pass();
    }
  }

  #passOnce(): () => void {
    let passed = false;
    return () => {
      if (passed) return;
      passed = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
