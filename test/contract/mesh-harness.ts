import type { Mesh } from '../../src/ports/mesh.js';

/** An object as somebody else reads it. `version` is another one after each write of any of its content. */
interface StandingObject {
  readonly kind: string;
  readonly name: string;
  readonly annotations: { readonly [name: string]: string };
  readonly labels: { readonly [name: string]: string };
  readonly spec: { readonly [field: string]: unknown };
  readonly version: string;
}

/** A mesh with nothing in it, and hands that are not Tidegate's. */
export interface MeshHarness {
  readonly mesh: Mesh;
  /** All Istio routing objects of the namespace `shop`, by kind and name. */
  objects(): Promise<readonly StandingObject[]>;
  /** Writes `spec` over that of a standing object, as a person would. */
  edit(kind: string, name: string, spec: { readonly [field: string]: unknown }): Promise<void>;
  /** Puts somebody's own object into the namespace `shop`. */
  put(object: {
    readonly kind: string;
    readonly name: string;
    readonly annotations?: { readonly [name: string]: string };
    readonly spec: { readonly [field: string]: unknown };
  }): Promise<void>;
  remove(kind: string, name: string): Promise<void>;
  /** Whether the adapter sees all roots that there are. */
  readonly seesRoots: boolean;
  readonly stop: () => Promise<void>;
}

export const owner = { environment: 'production', route: 'checkout', namespace: 'shop' };

/** Kind and name of each object that stands, in order. */
export async function standingIn(harness: MeshHarness): Promise<string[]> {
  return (await harness.objects()).map(({ kind, name }) => `${kind} ${name}`).sort();
}
