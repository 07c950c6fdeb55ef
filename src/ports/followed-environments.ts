import { type Image, REGISTRY } from '../domain/image.js';
import type { Store, Watcher } from './store.js';

/** Milliseconds until an environment that could not be followed is tried again. */
const RETRY = 1_000;

/** Follows the registry, and by a watcher of its own each environment that it names. */
export class FollowedEnvironments<W extends Watcher> {
  readonly #store: Store;
  readonly #watcherOf: (environment: string) => W;
  readonly #warn: (message: string) => void;
  readonly #watchers = new Map<string, W>();
  readonly #stops: (() => void)[] = [];
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #started = false;
  #closed = false;

  constructor(store: Store, watcherOf: (environment: string) => W, warn: (message: string) => void) {
    this.#store = store;
    this.#watcherOf = watcherOf;
    this.#warn = warn;
  }

  /** Call once, after the store is open. Resolves when the registry is known. */
  async start(): Promise<void> {
    const take = (image: Image): void => {
      for (const { key } of image.documents.list('environment')) this.#add(key);
    };
    this.#keep(await this.#store.watch(REGISTRY, null, { reset: take, change: (_, image) => take(image) }));
    this.#started = true;
  }

  /** Whether the registry is known. */
  get started(): boolean {
    return this.#started;
  }

  /** The watcher of a registered environment; it may not have had its first image yet. */
  get(environment: string): W | undefined {
    return this.#watchers.get(environment);
  }

  /** By environment, in the order that they were registered in. */
  all(): ReadonlyMap<string, W> {
    return this.#watchers;
  }

  stop(): void {
    this.#closed = true;
    for (const stop of this.#stops.splice(0)) stop();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #add(environment: string): void {
    if (this.#watchers.has(environment)) return;
    const watcher = this.#watcherOf(environment);
    this.#watchers.set(environment, watcher);
    void this.#follow(environment, watcher);
  }

  async #follow(environment: string, watcher: W): Promise<void> {
    try {
      this.#keep(await this.#store.watch(environment, null, watcher));
    } catch (error) {
      if (this.#closed) return;
      this.#warn(
        `Can't follow ${environment} yet: ${error instanceof Error ? error.message : String(error)}`,
      );
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#follow(environment, watcher);
      }, RETRY);
      this.#timers.add(timer.unref());
    }
  }

  #keep(stop: () => void): void {
    if (this.#closed) stop();
    else this.#stops.push(stop);
  }
}
