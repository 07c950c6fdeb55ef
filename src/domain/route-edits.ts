import type { Route, RouteArm, RouteRule } from '@tidegate/sdk/engine';
import { indexOfRule, withMovedRule, withReplacedRule, withRule, withoutRule } from './edit-rules.js';
import { Problem } from './problem.js';

/**
 * Each gives the route as it is to be; whether that is a good route is for `planChange` to say. NOT_FOUND for a rule.
 * At index `at`; by default below the person's last rule and above those that a rollout owns.
 */
export function addRouteRule(route: Route, rule: RouteRule, at?: number): Route {
  return { ...route, rules: withRule(route.rules, rule, at) };
}

export function replaceRouteRule(route: Route, rule: RouteRule): Route {
  return { ...route, rules: withReplacedRule(route.rules, rule) };
}

export function removeRouteRule(route: Route, id: string): Route {
  return { ...route, rules: withoutRule(route.rules, id) };
}

export function moveRouteRule(route: Route, id: string, to: number): Route {
  return { ...route, rules: withMovedRule(route.rules, id, to) };
}

/** Sends all traffic to one version, rules kept; null opens the route. */
export function setClosed(route: Route, closed: string | null): Route {
  return { ...route, closed };
}

/** Sets the arms (weights in 10,000ths) of a rule's split. NOT_FOUND; INVALID_INPUT for a rule that serves one version. */
export function setRouteSplit(route: Route, id: string, arms: readonly RouteArm[]): Route {
  const rule = route.rules[indexOfRule(route.rules, id)];
  if (rule === undefined || !('split' in rule.serve)) {
    const message = `Rule "${id}" serves one version: replace the rule to give it a split.`;
    throw new Problem('INVALID_INPUT', message, { field: 'rule' });
  }
  return replaceRouteRule(route, { ...rule, serve: { split: { ...rule.serve.split, arms } } });
}
