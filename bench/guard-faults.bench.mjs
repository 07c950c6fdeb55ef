import { rowsInside } from './inside-testbed.mjs';

const LOADER = new URL('../test/support/ts-loader.mjs', import.meta.url).href;

/**
 * New versions that begin to fail, and healthy releases, on a real API server, istiod, Envoy and a Prometheus that scrapes every 5 s;
 * guards as shipped. The whole takes about a quarter of an hour. It needs a network of its own, and so root.
 */
export function run({ short }) {
  const program = new URL('./guard-faults/inside.mjs', import.meta.url);
  return rowsInside(program, { options: ['--import', LOADER], short });
}
