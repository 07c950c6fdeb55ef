import type { AttributeOperator } from './condition.js';
import type { AttributePath } from './context.js';
import type { Json } from './json.js';
import type { Resolution, RouteResolution } from './resolution.js';

/** One condition with its own answer, and those of the conditions inside it. */
export type ConditionTrace =
  | { readonly all: readonly ConditionTrace[]; readonly matched: boolean }
  | { readonly any: readonly ConditionTrace[]; readonly matched: boolean }
  | { readonly not: ConditionTrace; readonly matched: boolean }
  | SegmentTrace
  | AttributeTrace;

/** `found` is what the context holds at the attribute; undefined where it is missing. */
export interface AttributeTrace {
  readonly attribute: AttributePath;
  readonly operator: AttributeOperator;
  readonly value: Json;
  readonly found: unknown;
  readonly matched: boolean;
}

/** Why the subject is, or is not, a member. `rules` are the segment's, asked only where no list holds the key. */
export interface SegmentTrace {
  readonly operator: 'inSegment';
  readonly value: string;
  readonly matched: boolean;
  readonly by: 'included' | 'excluded' | 'rule' | 'carried' | 'none' | 'unknown segment';
  readonly rules: readonly ConditionTrace[];
}

/** How a split chose. `key` and `bucket` are null where the context has no usable key; then `otherwise` decided. */
export interface SplitTrace {
  readonly bucketBy: AttributePath;
  readonly salt: string;
  readonly total: number;
  readonly key: string | null;
  readonly bucket: number | null;
  readonly arms: readonly { readonly name: string; readonly weight: number }[];
}

/** One rule that was asked. `split` is present where it matched and serves a split. */
export interface RuleTrace {
  readonly step: 'rule';
  readonly rule: string;
  readonly condition: ConditionTrace;
  readonly matched: boolean;
  readonly split?: SplitTrace;
}

export type FlagStep =
  | { readonly step: 'enabled'; readonly enabled: boolean }
  | {
      readonly step: 'prerequisite';
      readonly flag: string;
      readonly variants: readonly string[];
      /** What that flag answered; null where there is no such flag. */
      readonly answer: Resolution | null;
      readonly met: boolean;
    }
  | {
      readonly step: 'targets';
      readonly key: string | null;
      readonly variant: string | null;
      readonly matched: boolean;
    }
  | RuleTrace
  | { readonly step: 'default'; readonly variant: string | null }
  | { readonly step: 'error'; readonly message: string };

/** The decision of a flag step by step, in the order asked; the last step decided. */
export interface FlagTrace {
  readonly flag: string;
  readonly steps: readonly FlagStep[];
  /** What `evaluate` answers to the same context, the same object. */
  readonly resolution: Resolution;
}

export type RouteStep =
  | { readonly step: 'closed'; readonly version: string | null }
  | RuleTrace
  | { readonly step: 'default'; readonly version: string }
  | { readonly step: 'error'; readonly message: string };

/** The decision of a route step by step, in the order asked; the last step decided. */
export interface RouteTrace {
  readonly route: string;
  readonly steps: readonly RouteStep[];
  /** The route's bucket of the context, in [0, 10000); null without a usable key. */
  readonly bucket: number | null;
  /** What `evaluateRoute` answers to the same context; undefined for an unknown route. */
  readonly resolution: RouteResolution | undefined;
}
