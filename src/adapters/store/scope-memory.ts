import type { Change } from '../../domain/change.js';
import { Documents, ref, type Stored } from '../../domain/documents.js';
import { editsOf, undoOf } from '../../domain/logged-change.js';
import type { Image } from '../../domain/image.js';
import { REPLAYED, type EpochStart, type LoadedScope, type LogEntry, type TouchedState } from './ledger.js';
import type { Position } from './ledger.js';
import { OverlaidMap } from '../../domain/overlaid-map.js';

/** A change with the scope after it. */
export interface Told {
  readonly change: Change;
  readonly image: Image;
}

/** One scope as this process knows it: the image, how it came about lately, and nothing of where it comes from. */
export class ScopeMemory {
  #image: Image;
  #touched: number;
  #recent: LogEntry[] = [];
  readonly epochs: readonly EpochStart[];

  constructor(scope: string, loaded: LoadedScope) {
    this.#image = {
      scope,
      epoch: loaded.epoch,
      revision: loaded.revision,
      documents: new Documents(loaded.documents),
      states: OverlaidMap.of(loaded.states.map((state) => [state.key, state] as const)),
    };
    this.#touched = loaded.touched;
    this.epochs = loaded.epochs;
  }

  get image(): Image {
    return this.#image;
  }

  get position(): Position {
    return { epoch: this.#image.epoch, revision: this.#image.revision, touched: this.#touched };
  }

  /** Revision after which `recent` knows every change. */
  get recentFrom(): number {
    return this.#image.revision - this.#recent.length;
  }

  /**
   * Takes in what came after the present position, in order; states show from the last change on. Returns what to tell
   * watchers of.
   */
  apply(entries: readonly LogEntry[], states: readonly TouchedState[], touched: number): readonly Told[] {
    const told: Told[] = [];
    const after = withStates(this.#image, states);
    for (const [index, { change }] of entries.entries()) {
      const edits = editsOf(this.#image.documents, change);
      const documents = this.#image.documents.with(edits, change.revision);
      const { states: shown } = index === entries.length - 1 ? after : this.#image;
      this.#image = { ...this.#image, revision: change.revision, documents, states: shown };
      told.push({ change, image: this.#image });
    }
    if (entries.length === 0) this.#image = after;
    this.#remember(entries);
    this.#touched = touched;
    return told;
  }

  /** Lets the oldest go many at a time: each time one by one would cost as much as all that are kept. */
  #remember(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#recent.push(entry);
    if (this.#recent.length >= 2 * REPLAYED) this.#recent = this.#recent.slice(-REPLAYED);
  }

  /**
   * Changes after `from` with the scope after each. `older` are the ones that memory doesn't hold any more, in order.
   * Null when the two don't meet or there is a gap.
   */
  replay(from: number, older: readonly LogEntry[]): readonly Told[] | null {
    const known = this.#recent.filter(({ change }) => change.revision > from);
    const first = known[0]?.change.revision ?? this.#image.revision + 1;
    const entries = [
      ...older.filter(({ change }) => change.revision > from && change.revision < first),
      ...known,
    ];
    const whole = entries.every(({ change }, index) => change.revision === from + 1 + index);
    if (!whole || from + entries.length !== this.#image.revision) return null;
    let image: Image = { ...this.#image, revision: from, documents: this.#before(entries) };
    return entries.map(({ change }) => {
      const documents = image.documents.with(editsOf(image.documents, change), change.revision);
      image = { ...image, revision: change.revision, documents };
      return { change, image: change.revision === this.#image.revision ? this.#image : image };
    });
  }

  #before(entries: readonly LogEntry[]): Documents {
    const documents = new Map<string, Stored>();
    for (const stored of this.#image.documents.all()) documents.set(ref(stored.kind, stored.key), stored);
    for (const { change, was } of entries.toReversed()) {
      for (const [index, { kind, key, value }] of undoOf(new Documents(documents), change).entries()) {
        const revision = was[index] ?? 0;
        if (value === null || revision === 0) documents.delete(ref(kind, key));
        else documents.set(ref(kind, key), { kind, key, revision, value });
      }
    }
    return new Documents(documents);
  }
}

/** Hundreds of guards write their state at once: each write copies what was written lately, and not all there is. */
function withStates(image: Image, touched: readonly TouchedState[]): Image {
  if (touched.length === 0) return image;
  const known = image.states instanceof OverlaidMap ? image.states : OverlaidMap.of(image.states);
  return { ...image, states: known.with(touched.map(({ key, state }) => [key, state] as const)) };
}
