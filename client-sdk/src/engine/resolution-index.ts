import type { Resolution } from './resolution.js';

const SMALLEST = 64;

/**
 * Numbers resolutions 0, 1, 2, … in the order they are added, and finds the number again by a few array accesses where a
 * Map would hash: what is kept of each stands in arrays beside it. Serials are given out in sequence, so those of one
 * snapshot rarely meet; where two do, the later one stands in the next free place. Holds resolutions strongly.
 */
export class ResolutionIndex {
  private readonly added: Resolution[] = [];
  private places: (Resolution | undefined)[] = Array.from({ length: SMALLEST });
  private numbers = new Uint32Array(SMALLEST);
  private mask = SMALLEST - 1;

  /** All resolutions by their number. */
  get all(): readonly Resolution[] {
    return this.added;
  }

  /** The number of a resolution; -1 of one that was not added. */
  find(resolution: Resolution): number {
    const { places, mask } = this;
    let place = startOf(resolution) & mask;
    let there = places[place];
    while (there !== resolution) {
      if (there === undefined) return -1;
      place = (place + 1) & mask;
      there = places[place];
    }
    return this.numbers[place] as number;
  }

  /** Adds a resolution that is not there yet, and answers its number. At most half the room is taken. */
  add(resolution: Resolution): number {
    const number = this.added.push(resolution) - 1;
    if (this.added.length * 2 > this.places.length) this.grow();
    else this.put(resolution, number);
    return number;
  }

  private grow(): void {
    const length = this.places.length * 2;
    this.places = Array.from({ length });
    this.numbers = new Uint32Array(length);
    this.mask = length - 1;
    for (const [number, resolution] of this.added.entries()) this.put(resolution, number);
  }

  private put(resolution: Resolution, number: number): void {
    let place = startOf(resolution) & this.mask;
    while (this.places[place] !== undefined) place = (place + 1) & this.mask;
    this.places[place] = resolution;
    this.numbers[place] = number;
  }
}

function startOf({ serial, slot }: Resolution): number {
  return serial ?? slot;
}
