import { compileCondition } from './compiled-condition.js';
import type { CompiledCondition, SegmentLookup } from './compiled-condition.js';
import { Bucketer, CompiledSplit } from './compiled-split.js';
import type { EvaluationContext } from './context.js';
import type { Reason, RouteResolution } from './resolution.js';
import type { Route, RouteRule } from './route.js';
import { ROUTE_WEIGHT_TOTAL } from './split.js';
import type { RouteSplit } from './split.js';

export interface CompiledRouteRule {
  readonly source: RouteRule;
  readonly condition: CompiledCondition;
  readonly serve: RouteResolution | CompiledSplit<RouteResolution>;
}

/** A frozen route resolution. */
export function routeResolution(
  version: string,
  reason: Reason,
  rule: string | null = null,
): RouteResolution {
  return Object.freeze({ version, reason, rule });
}

function compileSplit(
  rule: RouteRule,
  { arms, otherwise }: RouteSplit,
  bucketer: Bucketer,
): CompiledSplit<RouteResolution> {
  const last = arms.at(-1)?.version ?? '';
  const noKey = otherwise === undefined || otherwise === 'weights' ? last : otherwise.arm;
  return new CompiledSplit(
    bucketer,
    arms.map((arm) => arm.weight),
    arms.map((arm) => routeResolution(arm.version, 'SPLIT', rule.id)),
    routeResolution(noKey, 'DEFAULT', rule.id),
  );
}

function compileRule(rule: RouteRule, bucketer: Bucketer, segmentOf: SegmentLookup): CompiledRouteRule {
  return {
    source: rule,
    condition: compileCondition(rule.condition, segmentOf),
    serve:
      'version' in rule.serve
        ? routeResolution(rule.serve.version, 'TARGETING_MATCH', rule.id)
        : compileSplit(rule, rule.serve.split, bucketer),
  };
}

/** A route as closures and ready-made resolutions. */
export class CompiledRoute {
  readonly bucketer: Bucketer;
  readonly rules: readonly CompiledRouteRule[];
  readonly closed: RouteResolution | null;
  readonly fallback: RouteResolution;

  /** Throws for a document of unknown shape, and what the lookup throws. A closed route looks nothing up. */
  constructor(
    readonly document: Route,
    segmentOf: SegmentLookup,
  ) {
    const { salt, bucketBy, rules, closed } = document;
    const bucketer = new Bucketer({ bucketBy, salt, total: ROUTE_WEIGHT_TOTAL });
    this.bucketer = bucketer;
    this.closed = closed === null ? null : routeResolution(closed, 'DISABLED');
    this.rules = closed === null ? rules.map((rule) => compileRule(rule, bucketer, segmentOf)) : [];
    this.fallback = routeResolution(document.default, rules.length === 0 ? 'STATIC' : 'DEFAULT');
  }

  resolve(context: EvaluationContext): RouteResolution {
    if (this.closed !== null) return this.closed;
    for (const { condition, serve } of this.rules) {
      if (condition.test(context)) return serve instanceof CompiledSplit ? serve.resolve(context) : serve;
    }
    return this.fallback;
  }
}
