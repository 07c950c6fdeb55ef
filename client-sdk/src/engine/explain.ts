import { readAttribute, readTargetingKey } from './attribute.js';
import type { Audience, CompiledCondition } from './compiled-condition.js';
import { isMet } from './compiled-flag.js';
import type { CompiledFlag } from './compiled-flag.js';
import type { CompiledRoute } from './compiled-route.js';
import type { CompiledRule } from './compiled-rule.js';
import type { CompiledSplit } from './compiled-split.js';
import type { EvaluationContext } from './context.js';
import type { Resolution, RouteResolution } from './resolution.js';
import type { ConditionTrace, FlagStep, RouteStep, RuleTrace, SegmentTrace, SplitTrace } from './trace.js';

interface Decision<Step, Outcome> {
  readonly steps: readonly Step[];
  readonly resolution: Outcome;
}

function explainSegment(
  key: string,
  audience: Audience | undefined,
  context: EvaluationContext,
): SegmentTrace {
  const base = { operator: 'inSegment', value: key } as const;
  if (audience === undefined) return { ...base, matched: false, by: 'unknown segment', rules: [] };
  const listing = audience.listing(context);
  const carried = audience.isCarried(context);
  if (listing === 'included') return { ...base, matched: true, by: listing, rules: [] };
  if (listing === 'excluded')
    return { ...base, matched: carried, by: carried ? 'carried' : listing, rules: [] };
  const rules = audience.rules.map((rule) => explainCondition(rule, context));
  const ruled = rules.some((rule) => rule.matched);
  const by = ruled ? 'rule' : carried ? 'carried' : 'none';
  return { ...base, matched: ruled || carried, by, rules };
}

/** Asks every node, also those that evaluation skips. */
function explainCondition(compiled: CompiledCondition, context: EvaluationContext): ConditionTrace {
  const { source, children, audience } = compiled;
  const inner = children.map((child) => explainCondition(child, context));
  if ('all' in source) return { all: inner, matched: inner.every((child) => child.matched) };
  if ('any' in source) return { any: inner, matched: inner.some((child) => child.matched) };
  if ('not' in source) {
    const [child = { any: [], matched: false }] = inner;
    return { not: child, matched: !child.matched };
  }
  if (source.operator === 'inSegment') return explainSegment(source.value, audience, context);
  const { attribute, operator, value } = source;
  return {
    attribute,
    operator,
    value,
    found: readAttribute(context, attribute),
    matched: compiled.test(context),
  };
}

function explainSplit<T>({ bucketer, arms }: CompiledSplit<T>, context: EvaluationContext): SplitTrace {
  const bucket = bucketer.bucketOf(context);
  return {
    ...bucketer.bucketing,
    key: bucketer.keyOf(context),
    bucket: bucket < 0 ? null : bucket,
    arms: arms.map(({ name, weight }) => ({ name, weight })),
  };
}

function explainRules<T>(
  rules: readonly CompiledRule<T>[],
  context: EvaluationContext,
): Decision<RuleTrace, T | undefined> {
  const steps: RuleTrace[] = [];
  for (const rule of rules) {
    const condition = explainCondition(rule.condition, context);
    const step: RuleTrace = { step: 'rule', rule: rule.id, condition, matched: condition.matched };
    if (!condition.matched) {
      steps.push(step);
      continue;
    }
    if (rule.split === null) return { steps: [...steps, step], resolution: rule.serve(context) };
    const split = explainSplit(rule.split, context);
    return { steps: [...steps, { ...step, split }], resolution: rule.split.pick(split.bucket ?? -1) };
  }
  return { steps, resolution: undefined };
}

function explainPrerequisites(flag: CompiledFlag, context: EvaluationContext): FlagStep[] {
  const steps: FlagStep[] = [];
  for (const prerequisite of flag.prerequisites) {
    const answer = prerequisite.flag?.resolve(context) ?? null;
    const met = isMet(prerequisite, context);
    steps.push({ step: 'prerequisite', ...prerequisite.source, answer, met });
    if (!met) break;
  }
  return steps;
}

/** The walk that `CompiledFlag.resolve` takes, written down. */
export function explainFlag(flag: CompiledFlag, context: EvaluationContext): Decision<FlagStep, Resolution> {
  const { enabled, targets } = flag.document;
  const steps: FlagStep[] = [{ step: 'enabled', enabled }];
  if (!enabled) return { steps, resolution: flag.off };
  steps.push(...explainPrerequisites(flag, context));
  if (steps.some((step) => step.step === 'prerequisite' && !step.met)) return { steps, resolution: flag.off };
  const target = flag.target(context);
  if (targets.length > 0) {
    const variant = target?.variant ?? null;
    steps.push({ step: 'targets', key: readTargetingKey(context), variant, matched: target !== null });
  }
  if (target !== null) return { steps, resolution: target };
  const decided = explainRules(flag.rules, context);
  steps.push(...decided.steps);
  if (decided.resolution !== undefined) return { steps, resolution: decided.resolution };
  steps.push({ step: 'default', variant: flag.fallback.variant });
  return { steps, resolution: flag.fallback };
}

/** The walk that `CompiledRoute.resolve` takes, written down. */
export function explainRoute(
  route: CompiledRoute,
  context: EvaluationContext,
): Decision<RouteStep, RouteResolution> {
  const steps: RouteStep[] = [{ step: 'closed', version: route.document.closed }];
  if (route.closed !== null) return { steps, resolution: route.closed };
  const decided = explainRules(route.rules, context);
  steps.push(...decided.steps);
  if (decided.resolution !== undefined) return { steps, resolution: decided.resolution };
  steps.push({ step: 'default', version: route.fallback.version });
  return { steps, resolution: route.fallback };
}
