import type { Route } from '@tidegate/sdk/engine';
import type { Documents, Edit } from '../documents.js';
import type { StoredFlag } from '../flag.js';
import type { Rollout } from '../rollout.js';
import { type Bucketing, flagAtStep, routeAtStep, withoutOwnedRules } from './owned-rules.js';
import { isSameJson } from '../same-json.js';

/** The flag and the route that a rollout moves, as they stand; null where it has no such side. */
export interface Sides {
  readonly flag: StoredFlag | null;
  readonly route: Route | null;
}

export function sidesOf(documents: Documents, rollout: Rollout): Sides {
  return {
    flag: (rollout.flag && documents.value('flag', rollout.flag.key)) ?? null,
    route: (rollout.route && documents.value('route', rollout.route.key)) ?? null,
  };
}

/** Both sides with the owned rules of `step` (index). */
export function atStep({ flag, route }: Sides, rollout: Rollout, step: number): Sides {
  const bucketing: Bucketing = route ?? rollout;
  return {
    flag: flag && flagAtStep(flag, rollout, step, bucketing),
    route: route && routeAtStep(route, rollout, step),
  };
}

/** Both sides without the owned rules, and nothing else changed. */
export function withdrawn({ flag, route }: Sides, rollout: Rollout): Sides {
  return {
    flag: flag && { ...flag, rules: withoutOwnedRules(flag.rules, rollout.key) },
    route: route && { ...route, rules: withoutOwnedRules(route.rules, rollout.key) },
  };
}

/** Both sides with the new arm as default and without the owned rules. */
export function completed(sides: Sides, rollout: Rollout): Sides {
  const { flag, route } = withdrawn(sides, rollout);
  return {
    flag: flag && rollout.flag && { ...flag, defaultVariant: rollout.flag.new },
    route: route && rollout.route && { ...route, default: rollout.route.new },
  };
}

/** The edits that lead from `before` to `after`; a side that stays as it is has none. */
export function editsBetween(before: Sides, after: Sides): Edit[] {
  const edits: Edit[] = [];
  if (after.flag !== null && !isSameJson(before.flag, after.flag)) {
    edits.push({ kind: 'flag', key: after.flag.key, value: after.flag });
  }
  if (after.route !== null && !isSameJson(before.route, after.route)) {
    edits.push({ kind: 'route', key: after.route.key, value: after.route });
  }
  return edits;
}
