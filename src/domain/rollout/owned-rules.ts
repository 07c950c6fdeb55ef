import { FLAG_WEIGHT_TOTAL, ROUTE_WEIGHT_TOTAL } from '@tidegate/sdk/engine';
import type {
  AttributePath,
  Condition,
  Flag,
  FlagRule,
  FlagSplit,
  Route,
  RouteRule,
  RouteSplit,
} from '@tidegate/sdk/engine';
import type { Rollout, RolloutRoute, RolloutStep } from '../rollout.js';
import { isSameJson } from '../same-json.js';
import { previewCondition } from './preview.js';

const PREFIX = 'rollout:';
const EVERYBODY: Condition = { all: [] };
const SHARE_RATIO = FLAG_WEIGHT_TOTAL / ROUTE_WEIGHT_TOTAL;

/** Ids of the two rules that a rollout writes, the same in flag and route. */
export function ownedRuleIds(rollout: string): { readonly audience: string; readonly split: string } {
  return { audience: `${PREFIX}${rollout}:audience`, split: `${PREFIX}${rollout}:split` };
}

/** Whether a rule's id is of the form that only rollouts write. */
export function isOwnedRuleId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** The rules that this rollout does not own, in their order. */
export function withoutOwnedRules<R extends { readonly id: string }>(
  rules: readonly R[],
  rollout: string,
): R[] {
  const owned = Object.values(ownedRuleIds(rollout));
  return rules.filter(({ id }) => !owned.includes(id));
}

/** Whom a step lets in. */
export interface Reach {
  /** Audiences and previews of this step and all earlier ones, each as a condition: who is in stays in. */
  readonly members: readonly Condition[];
  /** Share of the new arm in 100,000ths, the holdback taken off; 0 in a step that no share came before. */
  readonly weight: number;
  /** In the last step requests without a key move as well. */
  readonly last: boolean;
}

/** Whom an audience or a preview lets in by itself; null for a step of another kind. */
export function memberOf(step: RolloutStep): Condition | null {
  if ('audience' in step) return { operator: 'inSegment', value: step.audience };
  return 'preview' in step ? previewCondition(step.preview) : null;
}

function distinct(conditions: readonly Condition[]): Condition[] {
  return conditions.filter((one, index) => conditions.findIndex((other) => isSameJson(one, other)) === index);
}

/** Whom step `step` (index) lets in. */
export function reachAt(rollout: Rollout, step: number): Reach {
  const done = rollout.steps.slice(0, step + 1);
  const share = Math.max(0, ...done.map((one) => ('weight' in one ? one.weight : 0)));
  return {
    members: distinct(done.flatMap((one) => memberOf(one) ?? [])),
    weight: Math.min(share, FLAG_WEIGHT_TOTAL - rollout.holdback),
    last: step === rollout.steps.length - 1,
  };
}

/** The versions between which a rollout moves a route; undefined where it doesn't move that one. */
export function armsOf({ routes }: Rollout, route: string): RolloutRoute | undefined {
  return routes.find(({ key }) => key === route);
}

/** What a split of a flag hashes. */
export interface Bucketing {
  readonly salt: string;
  readonly bucketBy: AttributePath;
}

/** The flag with the rollout's rules of `step` last, just above the default. Without a flag side, the flag as it is. */
export function flagAtStep(flag: Flag, rollout: Rollout, step: number, bucketing: Bucketing): Flag {
  if (rollout.flag === null) return flag;
  const { new: fresh, control } = rollout.flag;
  const reach = reachAt(rollout, step);
  const split: FlagSplit = {
    bucketBy: bucketing.bucketBy,
    salt: bucketing.salt,
    arms: [
      { variant: fresh, weight: reach.weight },
      { variant: control, weight: FLAG_WEIGHT_TOTAL - reach.weight },
    ],
    otherwise: { arm: reach.last ? fresh : control },
  };
  const owned: FlagRule[] = ownedRules(rollout.key, reach, { variant: fresh }, { split });
  return { ...flag, rules: [...withoutOwnedRules(flag.rules, rollout.key), ...owned] };
}

/** The route with the rollout's rules of `step` last. Requests without a bucket: control, by weight where no flag moves too. */
export function routeAtStep(route: Route, rollout: Rollout, step: number): Route {
  const moved = armsOf(rollout, route.key);
  if (moved === undefined) return route;
  const { new: fresh, control } = moved;
  const reach = reachAt(rollout, step);
  const weight = reach.weight / SHARE_RATIO;
  const split: RouteSplit = {
    arms: [
      { version: fresh, weight },
      { version: control, weight: ROUTE_WEIGHT_TOTAL - weight },
    ],
    otherwise: reach.last ? { arm: fresh } : rollout.flag === null ? 'weights' : { arm: control },
  };
  const owned: RouteRule[] = ownedRules(rollout.key, reach, { version: fresh }, { split });
  return { ...route, rules: [...withoutOwnedRules(route.rules, rollout.key), ...owned] };
}

interface OwnedRule<S> {
  readonly id: string;
  readonly condition: Condition;
  readonly serve: S;
}

function ownedRules<A, B>(rollout: string, reach: Reach, toNew: A, toSplit: B): OwnedRule<A | B>[] {
  const ids = ownedRuleIds(rollout);
  const rules: OwnedRule<A | B>[] = [];
  if (reach.members.length > 0)
    rules.push({ id: ids.audience, condition: { any: reach.members }, serve: toNew });
  if (reach.weight > 0) rules.push({ id: ids.split, condition: EVERYBODY, serve: toSplit });
  return rules;
}
