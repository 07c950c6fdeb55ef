import { setImmediate as turn } from 'node:timers/promises';
import { Problem } from '../domain/problem.js';

/** Time in which others wait, ms. */
const SLICE = 10;

/**
 * Does a long piece of work between whose parts others are served: at each `yield`, once it has run for 10 ms. Given up, with GENERAL, where
 * `isGone` says that nobody waits for it any more.
 */
export async function inSlices<T>(
  work: Generator<unknown, T>,
  isGone: () => boolean = () => false,
): Promise<T> {
  let until = performance.now() + SLICE;
  for (let part = work.next(); ; part = work.next()) {
    if (part.done === true) return part.value;
    if (performance.now() < until) continue;
    await turn();
    if (isGone()) throw new Problem('GENERAL', 'Whoever asked has gone.');
    until = performance.now() + SLICE;
  }
}
