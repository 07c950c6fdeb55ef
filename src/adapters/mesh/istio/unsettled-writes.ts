import type { Step, Unsettled } from './write-order.js';
import { newSubsets } from './write-order.js';

const NOTHING: Unsettled = { subsets: new Set(), routes: false };

/** What was written of routes before a wait for the proxies that was cut short; in memory, one entry a route. */
export class UnsettledWrites {
  readonly #kept = new Map<string, Unsettled>();

  of(route: string): Unsettled {
    return this.#kept.get(route) ?? NOTHING;
  }

  /** `done`: the steps before the wait. */
  cutShort(route: string, done: readonly Step[]): void {
    const before = this.of(route);
    const subsets = new Set([...before.subsets, ...done.flatMap(newSubsets)]);
    this.#kept.set(route, { subsets, routes: before.routes || done.some(isOfRoutes) });
  }

  forget(route: string): void {
    this.#kept.delete(route);
  }
}

function isOfRoutes(step: Step): boolean {
  if (step.act === 'settle') return false;
  const { kind } = step.act === 'apply' ? step.object : step.standing;
  return kind !== 'DestinationRule';
}
