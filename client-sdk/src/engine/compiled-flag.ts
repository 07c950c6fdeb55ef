import { readTargetingKey } from './attribute.js';
import { compileCondition } from './compiled-condition.js';
import type { SegmentLookup } from './compiled-condition.js';
import { CompiledRule } from './compiled-rule.js';
import { Bucketer, CompiledSplit } from './compiled-split.js';
import type { EvaluationContext } from './context.js';
import { Decision } from './decision.js';
import type { Flag, FlagRule, FlagTarget, Prerequisite } from './flag.js';
import { ResolutionTable } from './resolution-table.js';
import type { Resolution } from './resolution.js';
import { decideByRules } from './rule-list.js';
import { FLAG_WEIGHT_TOTAL } from './split.js';
import type { FlagSplit } from './split.js';

/** Finds the compiled flag of a key; undefined where there is none. Throws for one that can't be evaluated. */
type FlagLookup = (key: string) => CompiledFlag | undefined;

export interface CompiledPrerequisite {
  readonly source: Prerequisite;
  readonly flag: CompiledFlag | undefined;
}

/** Whether the flag of a prerequisite answers one of the variants asked for. A flag that is off answers nothing. */
export function isMet({ source, flag }: CompiledPrerequisite, context: EvaluationContext): boolean {
  if (flag === undefined) return false;
  const { variant, reason } = flag.resolve(context);
  return variant !== null && reason !== 'DISABLED' && source.variants.includes(variant);
}

function compileSplit(rule: FlagRule, split: FlagSplit, table: ResolutionTable): CompiledSplit<Resolution> {
  const { bucketBy, salt, arms, otherwise = { arm: arms.at(-1)?.variant ?? '' } } = split;
  const noKey = `Rule ${rule.id} needs a non-empty string at ${bucketBy.join('.')}, and the context has none.`;
  return new CompiledSplit(
    new Bucketer({ bucketBy, salt, total: FLAG_WEIGHT_TOTAL }),
    arms.map(({ variant, weight }) => ({
      name: variant,
      weight,
      outcome: table.of(rule.id, variant, 'SPLIT'),
    })),
    otherwise === 'error'
      ? table.fail(rule.id, 'TARGETING_KEY_MISSING', noKey)
      : table.of(rule.id, otherwise.arm, 'DEFAULT'),
  );
}

function compileRule(
  rule: FlagRule,
  table: ResolutionTable,
  segmentOf: SegmentLookup,
): CompiledRule<Resolution> {
  const serve =
    'variant' in rule.serve
      ? table.of(rule.id, rule.serve.variant, 'TARGETING_MATCH')
      : compileSplit(rule, rule.serve.split, table);
  return new CompiledRule(rule.id, compileCondition(rule.condition, segmentOf), serve);
}

/** Of a key listed twice the first target counts. */
function compileTargets(
  targets: readonly FlagTarget[],
  table: ResolutionTable,
): ReadonlyMap<string, Resolution> | null {
  const byKey = new Map<string, Resolution>();
  for (const { variant, keys } of targets) {
    const resolution = table.of(null, variant, 'TARGETING_MATCH');
    for (const key of keys) if (!byKey.has(key)) byKey.set(key, resolution);
  }
  return byKey.size === 0 ? null : byKey;
}

/** What compiling a flag needs to know of the other documents. */
export interface FlagSurroundings {
  readonly flagOf: FlagLookup;
  readonly segmentOf: SegmentLookup;
}

/** A flag as closures, maps and ready-made resolutions. */
export class CompiledFlag {
  readonly off: Resolution;
  readonly fallback: Resolution;
  readonly prerequisites: readonly CompiledPrerequisite[];
  readonly rules: readonly CompiledRule<Resolution>[];
  readonly decision: Decision<Resolution>;
  private readonly targets: ReadonlyMap<string, Resolution> | null;

  /** Throws for a document of unknown shape, and what the lookups throw. A flag that is off looks nothing up. */
  constructor(
    readonly document: Flag,
    { flagOf, segmentOf }: FlagSurroundings,
  ) {
    const { enabled, defaultVariant, offVariant, prerequisites, targets, rules } = document;
    const table = new ResolutionTable(document);
    const fixed = prerequisites.length + targets.length + rules.length === 0;
    this.off = table.of(null, offVariant, 'DISABLED');
    this.fallback = table.of(null, defaultVariant, fixed && defaultVariant !== null ? 'STATIC' : 'DEFAULT');
    this.prerequisites = enabled
      ? prerequisites.map((source) => ({ source, flag: flagOf(source.flag) }))
      : [];
    this.targets = enabled ? compileTargets(targets, table) : null;
    this.rules = enabled ? rules.map((rule) => compileRule(rule, table, segmentOf)) : [];
    if (enabled && !fixed) this.decision = this.decider();
    else this.decision = Decision.constant(enabled ? this.fallback : this.off);
  }

  resolve(context: EvaluationContext): Resolution {
    return this.decision.of(context);
  }

  /** What the context's targeting key gets before any rule is asked; null where it is no individual target. */
  target(context: EvaluationContext): Resolution | null {
    if (this.targets === null) return null;
    const key = readTargetingKey(context);
    return key === null ? null : (this.targets.get(key) ?? null);
  }

  /** Prerequisites, then targets, then rules; only what there is of them is asked. */
  private decider(): Decision<Resolution> {
    const { off, prerequisites, targets } = this;
    const byRules = decideByRules(this.rules, this.fallback);
    if (prerequisites.length === 0 && targets === null) return byRules;
    return Decision.by((context) => {
      for (let index = 0; index < prerequisites.length; index++) {
        if (!isMet(prerequisites[index] as CompiledPrerequisite, context)) return off;
      }
      return this.target(context) ?? byRules.of(context);
    });
  }
}
