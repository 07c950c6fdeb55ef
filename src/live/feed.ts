/** Where a feed takes what it hands out; undefined while there is nothing. */
export type Take<T> = () => T | undefined;

type Waiting<T> = (result: IteratorResult<T, undefined>) => void;

const END = { done: true, value: undefined } as const;

/**
 * An endless sequence for one reader, who sets the pace: what comes is kept by whoever fills it, as bounded as they see
 * fit, and taken when it is asked for. Ends when the reader stops.
 */
export class Feed<T> implements AsyncIterableIterator<T> {
  readonly #take: Take<T>;
  #stop: (() => void) | null = null;
  #waiting: Waiting<T>[] = [];
  #ended = false;

  constructor(take: Take<T>) {
    this.#take = take;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What is called once when the feed ends; at once where it has ended. */
  onEnd(stop: () => void): void {
    if (this.#ended) stop();
    else this.#stop = stop;
  }

  /** Says that there may be something to take. */
  wake(): void {
    while (this.#waiting.length > 0) {
      const value = this.#take();
      if (value === undefined) return;
      this.#waiting.shift()?.({ done: false, value });
    }
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return Promise.resolve(END);
    const value = this.#waiting.length === 0 ? this.#take() : undefined;
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#ended = true;
    this.#stop?.();
    this.#stop = null;
    for (const tell of this.#waiting.splice(0)) tell(END);
    return Promise.resolve(END);
  }
}
