import type { Rollout } from '../rollout.js';

/** A flag, a route, or both. */
export interface Target {
  readonly flag?: string;
  readonly route?: string;
}

/** The flag and route that a rollout moves. */
export function targetOf({ flag, route }: Rollout): Target {
  return {
    ...(flag === null ? {} : { flag: flag.key }),
    ...(route === null ? {} : { route: route.key }),
  };
}

/** Whether the rollout moves one of them. */
export function movesAny(rollout: Rollout, { flag, route }: Target): boolean {
  return (
    (flag !== undefined && rollout.flag?.key === flag) ||
    (route !== undefined && rollout.route?.key === route)
  );
}
