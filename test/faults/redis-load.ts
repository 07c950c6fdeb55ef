import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../src/domain/problem.js';
import type { Store } from '../../src/ports/store.js';
import { commitOf, flagEdit } from '../contract/store-samples.js';
import { Witness } from './witness.js';

/** A write that the store has acknowledged. */
export interface Acknowledged {
  readonly writer: number;
  readonly number: number;
  readonly epoch: string;
  readonly revision: number;
}

const WRITERS = 4;

/** Names of the two flags that a writer always writes together, with the same number. */
export function pairOf(writer: number): readonly [string, string] {
  return [`a${writer}`, `b${writer}`];
}

/**
 * Writers that go on whatever happens to the store: each raises the number in its pair of flags by one per commit, and tries
 * a number again, under the same idempotency key, until it is acknowledged. A witness per store watches.
 */
export class RedisLoad {
  readonly acknowledged: Acknowledged[] = [];
  /** Numbers of the events that were acknowledged; each was tried once, without a key. */
  readonly told: number[] = [];
  /** How often writes were refused, by code. */
  readonly refused = new Map<string, number>();
  readonly witnesses: readonly Witness[];
  readonly #stores: readonly Store[];
  readonly #scope: string;
  #stopped = false;
  #running: Promise<unknown> = Promise.resolve();
  #failure: unknown = null;
  #lastRefusal = '';

  private constructor(stores: readonly Store[], scope: string) {
    this.#stores = stores;
    this.#scope = scope;
    this.witnesses = stores.map((store) => new Witness(store, scope));
  }

  /** Writers are spread over the stores. */
  static async start(stores: readonly Store[], scope: string): Promise<RedisLoad> {
    const load = new RedisLoad(stores, scope);
    await Promise.all(load.witnesses.map((witness) => witness.start()));
    const writers = Array.from({ length: WRITERS }, (_, writer) => load.#write(writer));
    writers.push(load.#tellOnce());
    load.#running = Promise.all(writers).catch((error: unknown) => {
      load.#failure = error;
    });
    return load;
  }

  /** Waits until `count` more writes were acknowledged than by now. */
  async more(count: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    const end = Date.now() + 90_000;
    while (this.acknowledged.length < goal) {
      if (this.#failure !== null) throw this.#failure;
      if (Date.now() > end) {
        const refused = `refused ${JSON.stringify([...this.refused])}, the last: ${this.#lastRefusal}`;
        throw new Error(`only ${this.acknowledged.length} of ${goal} writes were acknowledged; ${refused}`);
      }
      await sleep(10);
    }
  }

  /** Waits until a write was refused with `code` since now. */
  async refusal(code: string): Promise<void> {
    const before = this.refused.get(code) ?? 0;
    const end = Date.now() + 60_000;
    while ((this.refused.get(code) ?? 0) === before) {
      if (this.#failure !== null) throw this.#failure;
      if (Date.now() > end) throw new Error(`no write was refused with ${code}`);
      await sleep(10);
    }
  }

  /** Ends the writers; throws what no writer should have met, and what a witness saw. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    for (const witness of this.witnesses) witness.stop();
    if (this.#failure !== null) throw this.#failure;
    const seen = this.witnesses.flatMap(({ faults }) => faults);
    if (seen.length > 0) throw new Error(seen.slice(0, 5).join('\n'));
  }

  async #write(writer: number): Promise<void> {
    const store = this.#stores[writer % this.#stores.length] as Store;
    for (let number = 1; !this.#stopped;) {
      try {
        const { epoch, revision } = await this.#raise(store, writer, number);
        this.acknowledged.push({ writer, number, epoch, revision });
        number += 1;
      } catch (error) {
        if (!(error instanceof Problem) || !EXPECTED.has(error.code)) throw error;
        this.refused.set(error.code, (this.refused.get(error.code) ?? 0) + 1);
        this.#lastRefusal = error.message;
        await sleep(20);
      }
    }
  }

  /** Writes events that nothing guards against being done twice, each once. */
  async #tellOnce(): Promise<void> {
    const store = this.#stores[0] as Store;
    for (let number = 1; !this.#stopped; number += 1) {
      const event = { kind: 'pause', subject: 'rollout/once', evidence: { number } } as const;
      try {
        await store.commit(this.#scope, commitOf([], { event }));
        this.told.push(number);
      } catch (error) {
        if (!(error instanceof Problem) || !EXPECTED.has(error.code)) throw error;
      }
      await sleep(20);
    }
  }

  async #raise(store: Store, writer: number, number: number): Promise<{ epoch: string; revision: number }> {
    const { documents, epoch } = await store.image(this.#scope);
    const pair = pairOf(writer);
    const edits = pair.map((key) => flagEdit(key, { description: String(number) }));
    const expected = Object.fromEntries(
      pair.map((key) => [`flag/${key}`, documents.get('flag', key)?.revision ?? 0]),
    );
    const idempotency = { key: `${writer}-${number}`, input: String(number) };
    return store.commit(this.#scope, commitOf(edits, { expected, epoch, idempotency }));
  }
}

const EXPECTED: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'STORE_LOST', 'STALE_REVISION']);
