import type { Condition } from './condition.js';
import type { Json } from './json.js';
import type { FlagSplit } from './split.js';

export const FLAG_TYPES = ['boolean', 'string', 'integer', 'number', 'object'] as const;
export type FlagType = (typeof FLAG_TYPES)[number];

/** Serves one variant, or a split of variants. */
export type FlagServe = { readonly variant: string } | { readonly split: FlagSplit };

/** One rule of a flag. First match wins. `rollout:<key>:audience` and `rollout:<key>:split` are ids owned by rollouts. */
export interface FlagRule {
  readonly id: string;
  readonly description?: string;
  readonly condition: Condition;
  readonly serve: FlagServe;
}

/** Subject keys that get one variant before any rule is asked. */
export interface FlagTarget {
  readonly variant: string;
  readonly keys: readonly string[];
}

/** Another flag that must be enabled and answer one of `variants`, or this flag counts as off. */
export interface Prerequisite {
  readonly flag: string;
  readonly variants: readonly string[];
}

/**
 * A feature flag as stored and as shipped in snapshots. Order of decision: enabled, prerequisites, targets, rules,
 * default variant. `offVariant` and `defaultVariant` null mean "no value": the caller's default is used, with reason
 * DISABLED or DEFAULT.
 */
export interface Flag {
  readonly key: string;
  readonly type: FlagType;
  readonly description: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly lifetime: 'temporary' | 'permanent';
  /** ISO date-time after which the flag should be gone, or null. Shown, never acted on. */
  readonly expiresAt: string | null;
  readonly variants: { readonly [variant: string]: Json };
  readonly enabled: boolean;
  readonly defaultVariant: string | null;
  readonly offVariant: string | null;
  readonly prerequisites: readonly Prerequisite[];
  readonly targets: readonly FlagTarget[];
  readonly rules: readonly FlagRule[];
}
