import type { Store } from '../../src/ports/store.js';
import { eventually } from '../mesh/testbed/eventually.js';
import { commitOf } from './store-samples.js';

export interface StoreHarness {
  /** A store on the suite's data, opened; the same one each time where only one can be open. */
  readonly store: () => Promise<Store>;
  /** A store on data of its own that keeps its change log, and verdicts, for `keepLog` ms. */
  readonly withLog: (keepLog: number) => Promise<Store>;
  /** Keeps a verdict in the suite's data as versions did that did not note whose it is; `id` is `<ms>-<number>`. */
  readonly keepUnnamed: (scope: string, id: string, entry: unknown) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What the tests of one store stand on, from `open` to `close`. */
export class StoreGround {
  readonly #start: () => Promise<StoreHarness>;
  #harness: StoreHarness | null = null;
  #store: Store | null = null;
  #count = 0;

  constructor(start: () => Promise<StoreHarness>) {
    this.#start = start;
  }

  get harness(): StoreHarness {
    if (this.#harness === null) throw new Error('not open');
    return this.#harness;
  }

  get store(): Store {
    if (this.#store === null) throw new Error('not open');
    return this.#store;
  }

  async open(): Promise<void> {
    this.#harness = await this.#start();
    this.#store = await this.#harness.store();
  }

  async close(): Promise<void> {
    await this.#harness?.stop();
  }

  /** A new environment of its own for one test. */
  async environment(): Promise<string> {
    // A server that a crowded machine kept from answering is reached anew before the next test begins.
    await eventually(() => this.store.now());
    this.#count += 1;
    await this.store.createEnvironment(`env-${this.#count}`, 'of a test', commitOf([]));
    return `env-${this.#count}`;
  }
}
