import type { Image } from '../../domain/image.js';
import type { Watcher } from '../../ports/store.js';
import type { Told } from './scope-memory.js';
import type { StoreLog } from './store-log.js';

/** Those who watch one scope. Telling is synchronous, so nobody can join in the middle of it. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();
  readonly #scope: string;
  readonly #log: StoreLog;

  constructor(scope: string, log: StoreLog) {
    this.#scope = scope;
    this.#log = log;
  }

  /** Tells a newcomer `first`, then keeps it. Returns how to stop. */
  join(watcher: Watcher, first: (watcher: Watcher) => void): () => void {
    this.#watchers.add(watcher);
    this.#tell(watcher, first);
    return () => void this.#watchers.delete(watcher);
  }

  changes(told: readonly Told[]): void {
    // Whoever joins while this is told has been told of all of it already.
    const present = [...this.#watchers];
    for (const { change, image } of told) this.#tellAll((watcher) => watcher.change(change, image), present);
  }

  states(keys: readonly string[], image: Image): void {
    for (const key of keys) this.#tellAll((watcher) => watcher.state?.(key, image));
  }

  reset(image: Image): void {
    this.#tellAll((watcher) => watcher.reset(image));
  }

  connected(connected: boolean): void {
    this.#tellAll((watcher) => watcher.connected?.(connected));
  }

  #tellAll(tell: (watcher: Watcher) => void, present: readonly Watcher[] = [...this.#watchers]): void {
    for (const watcher of present) if (this.#watchers.has(watcher)) this.#tell(watcher, tell);
  }

  #tell(watcher: Watcher, tell: (watcher: Watcher) => void): void {
    try {
      tell(watcher);
    } catch (error) {
      this.#log('error', 'A watcher of the store threw', { scope: this.#scope, error: String(error) });
    }
  }
}
