import { compileCondition } from './compiled-condition.js';
import type { SegmentLookup } from './compiled-condition.js';
import { CompiledRule } from './compiled-rule.js';
import { Bucketer, CompiledSplit } from './compiled-split.js';
import type { EvaluationContext } from './context.js';
import type { Decision } from './decision.js';
import type { Reason, RouteResolution } from './resolution.js';
import type { Route, RouteRule } from './route.js';
import { decideByRules } from './rule-list.js';
import { ROUTE_WEIGHT_TOTAL } from './split.js';
import type { RouteSplit } from './split.js';

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
    arms.map(({ version, weight }) => ({
      name: version,
      weight,
      outcome: routeResolution(version, 'SPLIT', rule.id),
    })),
    routeResolution(noKey, 'DEFAULT', rule.id),
  );
}

function compileRule(
  rule: RouteRule,
  bucketer: Bucketer,
  segmentOf: SegmentLookup,
): CompiledRule<RouteResolution> {
  const serve =
    'version' in rule.serve
      ? routeResolution(rule.serve.version, 'TARGETING_MATCH', rule.id)
      : compileSplit(rule, rule.serve.split, bucketer);
  return new CompiledRule(rule.id, compileCondition(rule.condition, segmentOf), serve);
}

/** A route as closures and ready-made resolutions. */
export class CompiledRoute {
  readonly bucketer: Bucketer;
  readonly rules: readonly CompiledRule<RouteResolution>[];
  readonly closed: RouteResolution | null;
  readonly fallback: RouteResolution;
  private readonly byRules: Decision<RouteResolution>;

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
    this.byRules = decideByRules(this.rules, this.fallback);
  }

  resolve(context: EvaluationContext): RouteResolution {
    return this.closed ?? this.byRules.of(context);
  }
}
