import type { Change } from '../domain/change.js';
import type { Image } from '../domain/image.js';
import type { Watcher } from '../ports/store.js';

/** What a subscription tells of one kind of thing, each by a key of its own: the state key without its first part. */
export interface Subject<T> {
  /** First part of its state keys, and the kind of its documents. */
  readonly kind: 'rollout' | 'route' | 'guard';
  /** Keys of all that there is to tell of. */
  keysOf(image: Image): Iterable<string>;
  /** How it stands; also of what is gone. */
  standingOf(image: Image, key: string): T;
  /** Whether there is nothing to tell after `before`. */
  isSame(standing: T, before: T): boolean;
  /** What is told after `before`. */
  tell?(standing: T, before: T | undefined): T;
}

/**
 * Keeps, of each key, the latest standing that a subscriber has not read: whoever is slow misses what lies in between,
 * never the last.
 */
export class Standings<T> implements Watcher {
  readonly #subject: Subject<T>;
  readonly #wake: () => void;
  readonly #only: (key: string) => boolean;
  readonly #told = new Map<string, T>();
  readonly #waiting = new Map<string, T>();

  /** `wake` is called whenever there is something to take; `only`: which keys to tell of. */
  constructor(subject: Subject<T>, wake: () => void, only: (key: string) => boolean) {
    this.#subject = subject;
    this.#wake = wake;
    this.#only = only;
  }

  /** The next standing that differs from what was told, taken out; undefined for none. */
  take(): T | undefined {
    for (const [key, standing] of this.#waiting) {
      this.#waiting.delete(key);
      const before = this.#told.get(key);
      if (before !== undefined && this.#subject.isSame(standing, before)) continue;
      this.#told.set(key, standing);
      return this.#subject.tell?.(standing, before) ?? standing;
    }
    return undefined;
  }

  reset(image: Image): void {
    for (const key of new Set([...this.#subject.keysOf(image), ...this.#told.keys()])) this.#look(image, key);
    this.#wake();
  }

  change({ documents }: Change, image: Image): void {
    if (documents.some(({ kind }) => kind === this.#subject.kind)) this.reset(image);
  }

  state(stateKey: string, image: Image): void {
    const prefix = `${this.#subject.kind}/`;
    if (!stateKey.startsWith(prefix)) return;
    this.#look(image, stateKey.slice(prefix.length));
    this.#wake();
  }

  #look(image: Image, key: string): void {
    if (this.#only(key)) this.#waiting.set(key, this.#subject.standingOf(image, key));
  }
}
