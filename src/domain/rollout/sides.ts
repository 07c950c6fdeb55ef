import type { Route } from '@tidegate/sdk/engine';
import type { Documents, Edit } from '../documents.js';
import type { StoredFlag } from '../flag.js';
import type { Rollout } from '../rollout.js';
import { withMirrorAt } from './owned-mirror.js';
import { armsOf, type Bucketing, flagAtStep, routeAtStep, withoutOwnedRules } from './owned-rules.js';
import { isSameJson } from '../same-json.js';

/** The flag and the routes that a rollout moves, as they stand: no flag, or not that route, where there is no such document. */
export interface Sides {
  readonly flag: StoredFlag | null;
  readonly routes: readonly Route[];
}

export function sidesOf(documents: Documents, rollout: Rollout): Sides {
  return {
    flag: (rollout.flag && documents.value('flag', rollout.flag.key)) ?? null,
    routes: rollout.routes.flatMap(({ key }) => documents.value('route', key) ?? []),
  };
}

/** All sides with the owned rules and mirrors of `step` (index); the flag hashes as the routes do. */
export function atStep({ flag, routes }: Sides, rollout: Rollout, step: number): Sides {
  const bucketing: Bucketing = routes[0] ?? rollout;
  return {
    flag: flag && flagAtStep(flag, rollout, step, bucketing),
    routes: routes.map((route) => withMirrorAt(routeAtStep(route, rollout, step), rollout, step)),
  };
}

/** All sides without the owned rules and mirrors, and nothing else changed. */
export function withdrawn({ flag, routes }: Sides, rollout: Rollout): Sides {
  return {
    flag: flag && { ...flag, rules: withoutOwnedRules(flag.rules, rollout.key) },
    routes: routes.map((route) => withoutOwned(route, rollout)),
  };
}

function withoutOwned(route: Route, rollout: Rollout): Route {
  return withMirrorAt({ ...route, rules: withoutOwnedRules(route.rules, rollout.key) }, rollout, null);
}

/** All sides with the new arm as default and without the owned rules. */
export function completed(sides: Sides, rollout: Rollout): Sides {
  const { flag, routes } = withdrawn(sides, rollout);
  return {
    flag: flag && rollout.flag && { ...flag, defaultVariant: rollout.flag.new },
    routes: routes.map((route) => ({ ...route, default: armsOf(rollout, route.key)?.new ?? route.default })),
  };
}

/** The edits that lead from `before` to `after`; a side that stays as it is has none. */
export function editsBetween(before: Sides, after: Sides): Edit[] {
  const edits: Edit[] = [];
  if (after.flag !== null && !isSameJson(before.flag, after.flag)) {
    edits.push({ kind: 'flag', key: after.flag.key, value: after.flag });
  }
  for (const route of after.routes) {
    const was = before.routes.find(({ key }) => key === route.key);
    if (!isSameJson(was, route)) edits.push({ kind: 'route', key: route.key, value: route });
  }
  return edits;
}
