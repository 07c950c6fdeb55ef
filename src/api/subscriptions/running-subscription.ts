import type { ExecutionResult } from 'graphql';

/** A subscription that runs: its results one by one, at the reader's pace; whoever may end it, it is tidied up once. */
export class RunningSubscription implements AsyncGenerator<ExecutionResult, void, void> {
  readonly #results: AsyncGenerator<ExecutionResult, void, void>;
  readonly #tidy: () => void;

  constructor(results: AsyncGenerator<ExecutionResult, void, void>, tidy: () => void) {
    this.#results = results;
    this.#tidy = tidy;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    const result = await this.#results.next();
    if (result.done === true) this.#tidy();
    return result;
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    this.#tidy();
    return this.#results.return();
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult, void>> {
    this.#tidy();
    return this.#results.throw(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
