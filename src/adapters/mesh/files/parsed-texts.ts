import type { MeshObject } from '../istio-objects/mesh-object.js';
import { objectsIn } from '../istio-objects/yaml-text.js';

/** Texts kept at most; beyond that all are forgotten. */
const MOST = 5_000;

/** The objects in texts that are read again and again: each is parsed once. YAML takes a millisecond, and every route is looked at every 5 s. */
export class ParsedTexts {
  readonly #known = new Map<string, readonly MeshObject[]>();

  objectsIn(text: string): readonly MeshObject[] {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const objects = objectsIn(text);
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(text, objects);
    return objects;
  }
}
