import type { Resolution } from './resolution.js';

/** What is kept of one resolution. */
interface Kept {
  readonly resolution: Resolution;
}

const SMALLEST = 64;

/**
 * Finds what is kept of a resolution by its slot: one array access where a Map would hash. Slots are given out in
 * sequence, so those of one snapshot rarely meet; where two do, the later one stands in the next free place. Holds what
 * is in it strongly.
 */
export class ResolutionIndex<T extends Kept> {
  private places: (T | undefined)[] = room(SMALLEST);
  private mask = SMALLEST - 1;
  private size = 0;

  find(resolution: Resolution): T | undefined {
    const { places, mask } = this;
    let place = resolution.slot & mask;
    let kept = places[place];
    while (kept !== undefined && kept.resolution !== resolution) {
      place = (place + 1) & mask;
      kept = places[place];
    }
    return kept;
  }

  /** Adds what is to be found from now on; nothing may be kept of its resolution yet. At most half the room is taken. */
  add(kept: T): T {
    this.size += 1;
    if (this.size * 2 > this.places.length) this.resize(this.places.length * 2, this.all());
    this.put(kept);
    return kept;
  }

  /** All that is kept, in no particular order. */
  all(): T[] {
    return this.places.filter((kept) => kept !== undefined);
  }

  /** Forgets all but `rest`. */
  keep(rest: readonly T[]): void {
    this.size = rest.length;
    let length = SMALLEST;
    while (length < this.size * 2) length *= 2;
    this.resize(length, rest);
  }

  private resize(length: number, rest: readonly T[]): void {
    this.places = room(length);
    this.mask = length - 1;
    for (const kept of rest) this.put(kept);
  }

  private put(kept: T): void {
    let place = kept.resolution.slot & this.mask;
    while (this.places[place] !== undefined) place = (place + 1) & this.mask;
    this.places[place] = kept;
  }
}

function room(length: number): undefined[] {
  return Array.from<undefined>({ length });
}
