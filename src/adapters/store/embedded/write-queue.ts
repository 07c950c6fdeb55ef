import { setTimeout as sleep } from 'node:timers/promises';
import type { RootDatabase } from 'lmdb';
import { Problem } from '../../../domain/problem.js';
import type { EmbeddedKey } from './embedded-keys.js';

/** Longest wait for the cause of a failure, ms. */
const CAUSE_PATIENCE = 1_000;

export type EmbeddedDatabase = RootDatabase<unknown, EmbeddedKey>;

/** What one write reads and writes: it sees what those before it in the same flush wrote. */
export class Draft {
  readonly #database: EmbeddedDatabase;
  readonly #below: Draft | null;
  readonly #written = new Map<string, { readonly key: EmbeddedKey; readonly value: unknown }>();

  constructor(database: EmbeddedDatabase, below: Draft | null = null) {
    this.#database = database;
    this.#below = below;
  }

  get<T>(key: EmbeddedKey): T | undefined {
    const found = this.#written.get(JSON.stringify(key));
    if (found !== undefined) return found.value as T | undefined;
    return this.#below ? this.#below.get<T>(key) : (this.#database.get(key) as T | undefined);
  }

  put(key: EmbeddedKey, value: unknown): void {
    this.#written.set(JSON.stringify(key), { key, value });
  }

  remove(key: EmbeddedKey): void {
    this.put(key, undefined);
  }

  merge(draft: Draft): void {
    for (const [name, write] of draft.#written) this.#written.set(name, write);
  }

  /** Hands everything to the database, as part of one batch. */
  flush(): void {
    for (const { key, value } of this.#written.values()) {
      const written = value === undefined ? this.#database.remove(key) : this.#database.put(key, value);
      // The batch tells of the failure of any of them.
      written.catch(() => undefined);
    }
  }
}

interface Waiting {
  readonly decide: (draft: Draft) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes one after the other, those that came while the disk was busy in one flush. Each is all or nothing, and is
 * answered once it is on the disk.
 */
export class WriteQueue {
  readonly #database: EmbeddedDatabase;
  #waiting: Waiting[] = [];
  #busy: Promise<void> | null = null;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  /** `decide` reads and writes on a draft, synchronously; when it throws, nothing of it is written. */
  write<T>(decide: (draft: Draft) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ decide, resolve: resolve as (value: unknown) => void, reject });
      this.#busy ??= this.#work();
    });
  }

  /** Resolves when all that was asked for is written. */
  async idle(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  async #work(): Promise<void> {
    // A turn of grace lets what was asked for at the same time share the flush.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      await this.#flush(taken);
    }
    this.#busy = null;
  }

  async #flush(taken: readonly Waiting[]): Promise<void> {
    const all = new Draft(this.#database);
    const answers = taken.map((waiting) => answer(waiting, all, this.#database));
    try {
      await this.#database.batch(() => all.flush());
      for (const settle of answers) settle();
    } catch (error) {
      const cause = await causeOf(error);
      const problem = new Problem('STORE_UNAVAILABLE', `The store could not be written: ${String(cause)}`, {
        cause,
      });
      for (const { reject } of taken) reject(problem);
    }
  }
}

function answer({ decide, resolve, reject }: Waiting, all: Draft, database: EmbeddedDatabase): () => void {
  const draft = new Draft(database, all);
  try {
    const value = decide(draft);
    all.merge(draft);
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
}

/** Why a batch failed: lmdb tells it as the rejection of a promise of its own, most of the time at once. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return Promise.race([rejectionOf(commitError), sleep(CAUSE_PATIENCE, error, { ref: false })]);
}

async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}
