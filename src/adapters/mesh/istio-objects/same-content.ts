import { isDeepStrictEqual } from 'node:util';
import { isSameObject } from './mesh-object.js';
import type { MeshObject } from './mesh-object.js';

function holds(
  actual: { readonly [key: string]: string } = {},
  wanted: { readonly [key: string]: string } = {},
) {
  return Object.entries(wanted).every(([key, value]) => actual[key] === value);
}

/** Whether `standing` says all that `wanted` says: our labels and annotations among any others, and the very same spec. */
export function saysTheSame(standing: MeshObject, wanted: MeshObject): boolean {
  return (
    holds(standing.metadata.labels, wanted.metadata.labels) &&
    holds(standing.metadata.annotations, wanted.metadata.annotations) &&
    hasSameSpec(standing, wanted)
  );
}

export function hasSameSpec(a: MeshObject, b: MeshObject): boolean {
  return isDeepStrictEqual(plain(a.spec), plain(b.spec));
}

/** Without prototypes and undefined fields, as it comes back from the API server or a file. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

/** Whether exactly the wanted objects stand, each as wanted. */
export function areSame(standing: readonly MeshObject[], wanted: readonly MeshObject[]): boolean {
  return (
    standing.length === wanted.length &&
    wanted.every((object) =>
      standing.some((other) => isSameObject(object, other) && saysTheSame(other, object)),
    )
  );
}
