import type { Change } from '../domain/change.js';
import type { Image } from '../domain/image.js';
import type { Watcher } from '../ports/store.js';

/** One notice to a subscriber of the change log; `cursor` is `epoch.revision` after it. */
export interface ChangeNotice {
  readonly kind: 'reset' | 'change' | 'away' | 'back';
  readonly cursor: string;
  readonly change: Change | null;
}

/** Notices kept for a subscriber who does not read; at one more they become a reset. As many as the store replays. */
export const MOST_KEPT = 1_000;

/** Keeps what a subscriber has not read of a change log yet, in order. */
export class ChangeNotices implements Watcher {
  readonly #wake: () => void;
  #kept: ChangeNotice[] = [];
  #cursor: string;

  /** `wake` is called whenever there is something to take; `cursor` is where the subscriber stands, '' for nowhere. */
  constructor(wake: () => void, cursor: string) {
    this.#wake = wake;
    this.#cursor = cursor;
  }

  /** The next notice, taken out; undefined for none. */
  take(): ChangeNotice | undefined {
    return this.#kept.shift();
  }

  change(change: Change, { epoch }: Image): void {
    this.#cursor = `${epoch}.${change.revision}`;
    this.#keep('change', change);
  }

  reset({ epoch, revision }: Image): void {
    this.#cursor = `${epoch}.${revision}`;
    this.#kept = [];
    this.#keep('reset');
  }

  connected(connected: boolean): void {
    this.#keep(connected ? 'back' : 'away');
  }

  #keep(kind: ChangeNotice['kind'], change: Change | null = null): void {
    const full = this.#kept.length >= MOST_KEPT;
    if (full) this.#kept = [{ kind: 'reset', cursor: this.#cursor, change: null }];
    else this.#kept.push({ kind, cursor: this.#cursor, change });
    this.#wake();
  }
}
