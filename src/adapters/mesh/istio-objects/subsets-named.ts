import type { MeshObject } from './mesh-object.js';

/** Every subset that routes name, mirrors included. */
export function subsetsNamed(routes: readonly MeshObject[]): ReadonlySet<string> {
  const found = JSON.stringify(routes.map(({ spec }) => spec ?? null)).matchAll(/"subset":"([^"]+)"/g);
  return new Set([...found].map(([, name = '']) => name));
}
