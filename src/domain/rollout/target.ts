import type { Rollout } from '../rollout.js';

/** A flag, routes, or both. */
export interface Target {
  readonly flag?: string;
  readonly routes?: readonly string[];
}

/** The flag and the routes that a rollout moves. */
export function targetOf({ flag, routes }: Rollout): Target {
  return { ...(flag === null ? {} : { flag: flag.key }), routes: routes.map(({ key }) => key) };
}

/** Whether the rollout moves one of them. */
export function movesAny(rollout: Rollout, { flag, routes = [] }: Target): boolean {
  return (
    (flag !== undefined && rollout.flag?.key === flag) ||
    rollout.routes.some(({ key }) => routes.includes(key))
  );
}
