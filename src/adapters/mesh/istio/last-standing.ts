import type { MeshObject } from '../istio-objects/mesh-object.js';

/** The objects of each route as they were last made, or seen to be right; in memory, and mostly the watched copies. */
export class LastStanding {
  readonly #kept = new Map<string, readonly MeshObject[]>();

  /** Undefined before the first look, and after a restart. */
  of(route: string): readonly MeshObject[] | undefined {
    return this.#kept.get(route);
  }

  keep(route: string, objects: readonly MeshObject[]): void {
    this.#kept.set(route, objects);
  }

  forget(route: string): void {
    this.#kept.delete(route);
  }
}
