import type { Route } from '@tidegate/sdk/engine';
import type { Rollout } from '../rollout.js';
import { armsOf } from './owned-rules.js';

/** Whether the rollout has the requests of its routes copied in any step: then their mirrors are its own while it is unfinished. */
export function ownsMirrors({ steps }: Pick<Rollout, 'steps'>): boolean {
  return steps.some((step) => 'mirror' in step);
}

/** The route with the mirror of that step (an index; null: of none), which ends with it. Where the rollout owns none, as it is. */
export function withMirrorAt(route: Route, rollout: Rollout, step: number | null): Route {
  const arms = armsOf(rollout, route.key);
  if (arms === undefined || !ownsMirrors(rollout)) return route;
  const { mirror: _, ...rest } = route;
  const present = step === null ? undefined : rollout.steps[step];
  if (present === undefined || !('mirror' in present)) return rest;
  return { ...rest, mirror: { version: arms.new, percent: present.mirror } };
}
