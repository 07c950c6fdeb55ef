import type { Change } from '../../src/domain/change.js';
import type { Image } from '../../src/domain/image.js';
import type { Store, Watcher } from '../../src/ports/store.js';

const LOOKS_EVERY = 20;

/**
 * Watches a scope and asks for its image again and again, as evaluation does. A fault is an image that mixes revisions (the
 * two flags of a pair, always written together, differ), a change out of order, or an image that can't be had.
 */
export class Witness implements Watcher {
  readonly faults: string[] = [];
  /** How often an image was looked at. */
  looks = 0;
  resets = 0;
  readonly #store: Store;
  readonly #scope: string;
  #at: Pick<Image, 'epoch' | 'revision'> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #unwatch: (() => void) | null = null;

  constructor(store: Store, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  async start(): Promise<void> {
    this.#unwatch = await this.#store.watch(this.#scope, null, this);
    this.#timer = setInterval(() => void this.#ask(), LOOKS_EVERY);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#unwatch?.();
  }

  change(change: Change, image: Image): void {
    const follows = this.#at?.epoch === image.epoch && this.#at.revision + 1 === change.revision;
    if (!follows || image.revision !== change.revision)
      this.faults.push(`revision ${change.revision} of ${image.epoch} after ${JSON.stringify(this.#at)}`);
    this.#look(image);
  }

  reset(image: Image): void {
    this.resets += 1;
    this.#look(image);
  }

  #look(image: Image): void {
    this.#at = { epoch: image.epoch, revision: image.revision };
    this.#check(image);
  }

  async #ask(): Promise<void> {
    try {
      this.#check(await this.#store.image(this.#scope));
    } catch (error) {
      this.faults.push(`no image: ${String(error)}`);
    }
  }

  #check({ documents, epoch, revision }: Image): void {
    this.looks += 1;
    for (const { key, value } of documents.list('flag')) {
      if (!/^a\d+$/.test(key)) continue;
      const other = documents.value('flag', key.replace('a', 'b'))?.description;
      if (other !== value.description)
        this.faults.push(`${epoch}.${revision}: ${key} has ${value.description}, its pair ${other}`);
    }
  }
}
