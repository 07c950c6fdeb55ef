import { rowsInside } from './inside-testbed.mjs';

/**
 * The real service, as a pod has it, on a real API server with 500 routes, each a gateway’s and the mesh’s, two pods behind it, and 5,000
 * EndpointSlices, of which 4,500 have ten endpoints each. No istiod: what is measured ends where the API server has
 * answered. It needs a network of its own, and so root.
 */
export function run({ short }) {
  return rowsInside(new URL('./mesh/inside.mjs', import.meta.url), { options: ['--expose-gc'], short });
}
