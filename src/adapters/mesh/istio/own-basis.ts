import { Refusal } from '../../../cluster/refusal.js';
import { isSameObject, nameOf } from '../istio-objects/mesh-object.js';
import type { MeshObject } from '../istio-objects/mesh-object.js';

/** Reads an object from the API server itself; null where none stands. */
export type Get = (object: MeshObject) => Promise<MeshObject | null>;

/** What was read may have changed unseen after so long, ms; a lease lasts ten times as long. */
const OLD = 500;
/** On a server slower than that it goes on after so many looks: each write names the version that it goes over. */
const LOOKS = 3;

/**
 * The objects of a route that its steps rest on, those that are not written among them: a leader that slept must not
 * change one that its successor left as it was.
 */
export class OwnBasis {
  #objects: readonly MeshObject[];
  #looked: number;

  /** `own`: what stood at `looked`, by `now`, a clock in ms. */
  constructor(
    own: readonly MeshObject[],
    looked: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#objects = own;
    this.#looked = looked;
  }

  /** As it stands, by what was last read or written. */
  find(object: MeshObject): MeshObject | undefined {
    return this.#objects.find((other) => isSameObject(object, other));
  }

  written(object: MeshObject): void {
    this.#objects = [...this.#without(object), object];
  }

  removed(object: MeshObject): void {
    this.#objects = this.#without(object);
  }

  /** Reads all again where that was long ago. Rejects with 409 where one is not as it was. */
  async confirm(get: Get): Promise<void> {
    for (let look = 0; look < LOOKS && this.now() - this.#looked > OLD; look++) {
      const began = this.now();
      const standing = await Promise.all(this.#objects.map((object) => get(object)));
      const changed = this.#objects.find((object, index) => versionOf(standing[index]) !== versionOf(object));
      if (changed !== undefined) throw new Refusal(409, `${nameOf(changed)} has changed meanwhile`);
      this.#looked = began;
    }
  }

  #without(object: MeshObject): readonly MeshObject[] {
    return this.#objects.filter((other) => !isSameObject(object, other));
  }
}

function versionOf(object: MeshObject | null | undefined): string | undefined {
  return object?.metadata.resourceVersion;
}
